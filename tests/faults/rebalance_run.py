"""C6, who notices when workers come and go: `python -m tests.faults.rebalance_run`.

Two posts at work under steady traffic, one in one process and one in a process for each processor, and a guest: it
joins, ends, dies; a post dies and is taken again under its name. Measured on the logs alone: of intake for each lane
the longest time between two of its records on the spine, of leads the longest that a message of the spine waited until
their changelog was past it: where intake is silent, they have nothing to do. Kept lanes have the same process before
and after. Red if a limit of what is promised is passed, if a worker has more than one lane of leads more than another,
if anything is left undone, or if the judge names anything; and if no lane was kept, or none moved, or intake is silent
for half a second when nothing happens. LEAD_ROUTER_PARTITIONS=64 shows how many are dealt: where a worker has more than
sixteen lanes of leads the times are told, and only the spread is judged.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
)
from os import cpu_count
from pathlib import Path
from typing import NamedTuple

from schemas import spine
from tests.faults.closing import carried_out, parser_of
from tests.faults.proof.campaign import Campaign, Traffic
from tests.faults.proof.conduct import conducted
from tests.faults.proof.crew import TOGETHER, Lane
from tests.faults.proof.verdict import judged
from tests.faults.silence import (
    FEW_LANES,
    MEASURED,
    NAMED_SECONDS,
    Moment,
    Rebalanced,
    Seen,
    longest_gap,
    longest_wait,
    named_seconds,
    rebalanced,
    told,
)
from tests.faults.telling import say
from topics.catalogue import SPINE, lifecycle_changelog
from worker.lane.clock import wall_ms
from worker.lane.positions import POSITION_KEY, positions_of
from worker.lane.processor import Record
from worker.stream.reader import consumer, read_since
from worker.stream.settings import load

STEADY = Traffic(history=300, live=2_000, per_second=200, lasting=True)
BEFORE_SECONDS, AFTER_SECONDS = 2.0, 14.0
"""How long around an act is looked at: longer than a session and what follows it."""
SESSION_SECONDS = 8.0
"""How long, as is promised, the lanes of the dead pause."""


class Disturbance(NamedTuple):
    """What is done, and how long lanes that move may be silent (seconds)."""

    name: str
    act: Callable[[Campaign], Awaitable[None]]
    moved_seconds: float


async def _nothing(_campaign: Campaign) -> None:
    """Leaves everything as it is."""


async def _join(campaign: Campaign) -> None:
    campaign.guest.hire(TOGETHER)


async def _end(campaign: Campaign) -> None:
    await asyncio.to_thread(campaign.guest.end)


async def _die(campaign: Campaign) -> None:
    await campaign.bury(campaign.guest)


def _retaken(number: int) -> Callable[[Campaign], Awaitable[None]]:
    async def retake(campaign: Campaign) -> None:
        await campaign.replace(campaign.posts[number])

    return retake


DISTURBANCES = (
    Disturbance("nothing happens", _nothing, 0.0),
    Disturbance("one joins", _join, NAMED_SECONDS),
    Disturbance("it ends in order", _end, NAMED_SECONDS),
    Disturbance("one joins again", _join, NAMED_SECONDS),
    Disturbance("it is killed", _die, SESSION_SECONDS),
    Disturbance("a post dies, and is taken again", _retaken(0), NAMED_SECONDS),
    Disturbance("a post of three processes does", _retaken(1), named_seconds(3, cpu_count() or 1)),
)


async def measured(campaign: Campaign) -> list[Seen]:
    """Does one after the other, and returns what was seen of each."""
    seen = []
    for disturbance in DISTURBANCES:
        await asyncio.sleep(AFTER_SECONDS)
        owners, began = campaign.owners(), wall_ms()
        await asyncio.sleep(BEFORE_SECONDS)
        await disturbance.act(campaign)
        await asyncio.sleep(AFTER_SECONDS)
        after, until = campaign.owners(), wall_ms()
        silences = await _silences(campaign, began, until)
        kept = {lane for lane in after if owners.get(lane) == after[lane]}
        seen.append(
            Seen(
                disturbance.name,
                disturbance.moved_seconds,
                _longest(silences, kept),
                _longest(silences, silences.keys() - kept),
                _shares(after),
            )
        )
        say(str(seen[-1]))
    return seen


def _shares(owners: Mapping[Lane, int]) -> list[int]:
    keepers = [pid for lane, pid in owners.items() if lane[0] == "lifecycle"]
    return sorted(keepers.count(pid) for pid in set(keepers))


def _longest(silences: Mapping[Lane, float], lanes: Iterable[Lane]) -> dict[str, float]:
    found = [(lane[0], silences[lane]) for lane in lanes if lane in silences]
    return {
        name: max(seconds for one, seconds in found if one == name)
        for name in MEASURED
        if any(one == name for one, _ in found)
    }


async def _silences(campaign: Campaign, since_ms: int, until_ms: int) -> dict[Lane, float]:
    """Returns for how long each lane was silent: all the time where nothing is of it."""
    numbers = range(campaign.settings.partitions)
    relayed: list[list[int]] = [[] for _ in numbers]
    came: list[list[Moment]] = [[] for _ in numbers]
    passed: list[list[Moment]] = [[] for _ in numbers]
    async for record in _records(campaign, SPINE.name, since_ms):
        came[record.partition].append((record.timestamp_ms, record.offset))
        origin = getattr(spine.decode(record.value or b""), "came_from", None)
        if origin is not None:
            relayed[origin.partition].append(record.timestamp_ms)
    changelog = lifecycle_changelog(campaign.settings.application_id).name
    async for record in _records(campaign, changelog, since_ms):
        if record.key == POSITION_KEY:
            position = positions_of(record.value or b"").get(SPINE.name, 0)
            passed[record.partition].append((record.timestamp_ms, position))
    silent = {("intake", n): longest_gap(relayed[n], since_ms, until_ms) for n in numbers}
    waited = {("lifecycle", n): longest_wait(came[n], passed[n], until_ms) for n in numbers}
    return {**silent, **waited}


async def _records(campaign: Campaign, topic: str, since_ms: int) -> AsyncIterator[Record]:
    async with consumer(campaign.settings) as client:
        for partition in range(campaign.settings.partitions):
            async for record in read_since(client, topic, partition, since_ms):
                yield record


async def course(campaign: Campaign) -> Rebalanced:
    """Measures, and has the logs judged when everything has healed."""
    seen = await measured(campaign)
    await campaign.heal()
    partitions = campaign.settings.partitions
    return rebalanced(campaign.happened, seen, partitions, await judged(campaign.settings))


def main() -> int:
    asked = parser_of(__doc__).parse_args()

    def measure(folder: Path) -> Rebalanced:
        return conducted(course, asked.seed, folder, STEADY, compacting=False)

    partitions = load().partitions
    what = "rebalance_run" if partitions <= FEW_LANES else f"rebalance_of_{partitions}"
    return carried_out(what, asked, measure, told)


if __name__ == "__main__":
    sys.exit(main())
