"""A check-up names what a lane would end with, and no deadline that a worker lets go while it looks."""

from __future__ import annotations

import asyncio

import pytest

from topics.catalogue import SPINE
from worker import presets
from worker.lane.clock import wall_ms
from worker.lane.limits import Limits
from worker.lane.memory.cluster import Cluster
from worker.lane.memory.log import MemoryLog
from worker.lane.positions import position_record
from worker.lane.processor import TopicPartition
from worker.lifecycle.record import Lead, Lifecycle, encode_lead
from worker.stream.changelogs import LET_GO_SECONDS, OVERDUE_MS, Lanes, processors_of

(_, LEADS, _) = processors_of("app", {}, presets.load("inside-sales"))
PLACE = TopicPartition(LEADS.changelog, 0)
NAMES = ("ana", "bob")


def keep(cluster: Cluster, name: str, lead: Lead, at_ms: int) -> None:
    cluster.append(PLACE, 0, [(name.encode(), encode_lead(lead), ())], at_ms)


@pytest.mark.parametrize("let_go", range(3))
async def test_a_deadline_is_overdue_if_it_still_is_after_as_long_as_it_takes_to_let_it_go(
    let_go: int,
) -> None:
    cluster, began = Cluster(), wall_ms()
    cluster.create(PLACE.topic, 1)
    for name in NAMES:
        overdue = Lead(lifecycles={"*": Lifecycle(due=1)})
        keep(cluster, name, overdue, began - OVERDUE_MS - 1_000)

    async def work() -> None:
        await asyncio.sleep(LET_GO_SECONDS / 2)
        for name in NAMES[:let_go]:
            keep(cluster, name, Lead(), wall_ms())

    working = asyncio.create_task(work())
    lanes = Lanes(MemoryLog(cluster), LEADS, {PLACE.topic: 1}, Limits())
    told = [one.seen async for one in lanes.findings(0) if one.name == "deadlines"]
    await working
    left = len(NAMES) - let_go
    seen = f"{PLACE.topic} partition 0 holds {left} leads whose deadline is more than ten minutes overdue"
    assert told == ([seen] if left else [])


@pytest.mark.parametrize("accepted", [False, True])
async def test_an_input_that_lacks_what_is_to_be_read_is_named_unless_losses_are_accepted(
    *, accepted: bool
) -> None:
    cluster, spine = Cluster(), TopicPartition(SPINE.name, 0)
    for place in (PLACE, spine):
        cluster.create(place.topic, 1)
    keep(cluster, NAMES[0], Lead(), 0)
    cluster.append(PLACE, 0, [(*position_record({spine: 1}), ())], 0)
    cluster.append(spine, 0, [(b"ana", b"{}", ())] * 3, 0)
    cluster.delete_before(spine, 2)
    counts = {PLACE.topic: 1, spine.topic: 1}
    lanes = Lanes(MemoryLog(cluster), LEADS, counts, Limits(losses_accepted=accepted))
    told = [one.name async for one in lanes.findings(0)]
    assert ("InputTruncated" in told) is not accepted
