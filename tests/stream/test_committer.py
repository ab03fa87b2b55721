"""Where a transaction says that it is: a test may have it die there."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator, Sequence

import pytest

from tests.faults.simulation.writers import LogOfOthers
from tests.stream.harness import QUICK
from worker.lane.committer import RecoveredTooLittle, Transactions
from worker.lane.failpoints import listen
from worker.lane.log import Acknowledged, Message
from worker.lane.memory.cluster import Cluster
from worker.lane.memory.log import MemoryWriter
from worker.lane.processor import TopicPartition

CHANGELOG = TopicPartition("changelog", 0)
PLACES = [TopicPartition(topic, 0) for topic in ("status", "handoff", "score")]
ONE: Sequence[Message] = [(b"lead", b"{}", ())]


@pytest.fixture
def told() -> Iterator[list[str]]:
    """Yields what a transaction passes and where it sends, in order."""
    passed: list[str] = []
    listen(passed.append)
    yield passed
    listen(None)


async def ours() -> None:
    """Deals nothing anew."""


async def commit(told: list[str], places: Sequence[TopicPartition]) -> None:
    class Telling(MemoryWriter):
        """Tells where it sends."""

        async def send(
            self, place: TopicPartition, messages: Sequence[Message], timestamp_ms: int
        ) -> Sequence[Awaitable[Acknowledged]]:
            told.append(f"sends to {place.topic}")
            return await super().send(place, messages, timestamp_ms)

    class Log(LogOfOthers):
        """Opens such writers."""

        kind = Telling

    cluster = Cluster()
    for place in (CHANGELOG, *places):
        cluster.create(place.topic, 1)
    committer = Transactions(Log(cluster), QUICK, lambda: 1_000, CHANGELOG, "leads")

    await committer.open(ours)
    told.clear()
    await committer.commit(ONE, dict.fromkeys(places, ONE))
    await committer.close()


async def test_between_outcomes_lies_behind_the_first_of_several_places(told: list[str]) -> None:
    await commit(told, PLACES)
    assert told == [
        *("begun", "sends to changelog", "state-sent"),
        *("sends to status", "between-outcomes", "sends to handoff", "sends to score"),
        *("outcomes-sent", "acknowledged"),
    ]


@pytest.mark.parametrize("count", [0, 1])
async def test_where_nothing_is_to_follow_nothing_lies_between(told: list[str], count: int) -> None:
    await commit(told, PLACES[:count])
    assert "between-outcomes" not in told
    assert "outcomes-sent" in told


@pytest.mark.parametrize("end, as_it_is", [(2, True), (1, False)])
async def test_what_is_written_first_has_to_come_right_where_the_changelog_was_read_up_to(
    end: int, *, as_it_is: bool
) -> None:
    """Who told its end may have led it before: then there is more of it, which nobody has read."""
    cluster = Cluster()
    cluster.create(CHANGELOG.topic, 1)
    cluster.append(CHANGELOG, 0, [*ONE, *ONE], 0)
    committer = Transactions(LogOfOthers(cluster), QUICK, lambda: 1_000, CHANGELOG, "leads")
    await committer.open(ours)
    committer.follow(end)
    if as_it_is:
        for _ in range(3):
            await committer.commit(ONE, {})
        await committer.close()
        return
    with pytest.raises(RecoveredTooLittle, match="read up to 1, and it goes on to 2"):
        await committer.commit(ONE, {})
    await committer.abandon()
    records, _ = cluster.partitions[CHANGELOG].read(0, 10)
    assert len(records) == 2
