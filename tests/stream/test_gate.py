"""What the gate asks of the inputs before it lets deadlines through, and what it does where nobody answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace

import pytest

from tests.stream.harness import QUICK, World, until
from worker.lane.errors import ChangelogDamaged
from worker.lane.gate import Gate, Inputs
from worker.lane.memory.log import MemoryLog
from worker.lane.memory.partition import Partition
from worker.lane.memory.source import MemoryFollower
from worker.lane.positions import POSITION_KEY
from worker.lane.processor import Record, TopicPartition
from worker.lane.watch import Watch

FIRST, ADDED = TopicPartition("t.in1", 0), TopicPartition("t.in1", 1)
LIMITS = replace(QUICK, gate_seconds=600.0, deadline_tick_seconds=0.2)


class Due:
    """A lane whose deadlines come due."""

    def __init__(self) -> None:
        self.due: set[int] = set()
        self.written: list[int] = []

    def any_due(self, now_ms: int) -> bool:
        return any(due <= now_ms for due in self.due)

    async def write_due(self, until_ms: int) -> None:
        self.written += sorted(due for due in self.due if due <= until_ms)
        self.due = {due for due in self.due if due > until_ms}


class Noted(Watch):
    """Remembers whether the gate gave up, and what went wrong."""

    def __init__(self) -> None:
        self.gave_up: list[bool] = []
        self.troubles: list[str] = []

    def trouble(self, processor: str, doing: str, error: str) -> None:
        self.troubles.append(error)

    def gate_waited(self, seconds: float, *, gave_up: bool) -> None:
        self.gave_up.append(gave_up)


class Faulty(MemoryLog):
    """Answers as it should, but where the test says otherwise."""

    deaf: TopicPartition | None = None
    """Has a leader, and that does not answer."""
    forgotten: str | None = None
    """A topic of which a broker that has just come back has not heard yet."""

    async def ends(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        if self.deaf in places:
            raise TimeoutError
        return await super().ends(places)

    async def partitions(self, topics: Collection[str]) -> Mapping[str, int]:
        known = [topic for topic in topics if topic != self.forgotten]
        return {**dict.fromkeys(topics, 0), **await super().partitions(known)}


class Stumbling(MemoryFollower):
    """Fails once when told to, or from then on; and may fail to end then."""

    stumbles = lies = falls = False

    async def stop(self) -> None:
        if self.falls:
            raise OSError
        await super().stop()

    async def poll(self, timeout_ms: int) -> Sequence[Record]:
        if self.stumbles or self.lies:
            self.stumbles = False
            raise ConnectionError
        return await super().poll(timeout_ms)


class Rig:
    """A gate before one lane, and inputs that nobody reads but as the test says."""

    def __init__(self) -> None:
        self.world, self.lane, self.noted = World(), Due(), Noted()
        del self.world.cluster.partitions[ADDED]
        names, self.log = self.world.names, Faulty(self.world.cluster)
        self.follower = Stumbling(self.world.cluster, self.log.line, [names.positions])
        self.gate = Gate(
            Inputs(topics=names.inputs, log=self.log, positions=self.follower),
            lambda: [self.lane],
            limits=LIMITS,
            watch=self.noted,
            clock=lambda: self.world.now_ms,
        )

    def comes_due(self) -> int:
        """Lets a deadline come due now, and returns when that is."""
        self.world.now_ms += 1_000
        self.lane.due.add(self.world.now_ms)
        return self.world.now_ms

    def waits(self, place: TopicPartition) -> None:
        """Lets an event wait on an input."""
        self.world.cluster.append(place, 0, [(b"anna", b"{}", ())], self.world.now_ms)

    def passes(self, place: TopicPartition) -> None:
        """Lets intake say that it is past what an input partition holds."""
        position = b'{"%b":%d}' % (place.topic.encode(), self.world.cluster.partitions[place].end)
        positions = TopicPartition(self.world.names.positions, place.partition)
        self.world.cluster.append(positions, 0, [(POSITION_KEY, position, ())], 0)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Gives a gate at work, which has let a deadline through."""
    rig = Rig()
    await rig.gate.start()
    first = rig.comes_due()
    await until(lambda: rig.lane.written == [first], "that it works")
    rig.lane.written.clear()
    yield rig
    await rig.gate.stop()


async def test_a_partition_that_was_added_to_an_input_is_waited_for(rig: Rig) -> None:
    rig.world.cluster.partitions[ADDED] = Partition(ADDED)
    rig.waits(ADDED)
    await asyncio.sleep(LIMITS.stall_seconds)
    due = rig.comes_due()
    await asyncio.sleep(5)
    assert rig.lane.written == []
    rig.passes(ADDED)
    await until(lambda: rig.lane.written == [due], "the deadline")
    assert not any(rig.noted.gave_up)


@pytest.mark.parametrize("silent", ["leaderless", "deaf"])
async def test_a_partition_of_which_nobody_says_what_it_holds_is_waited_for_and_not_for_ever(
    rig: Rig, silent: str
) -> None:
    if silent == "leaderless":
        rig.world.cluster.leaderless.add(FIRST)
    else:
        rig.log.deaf = FIRST
    due = rig.comes_due()
    await asyncio.sleep(LIMITS.gate_seconds - 1)
    assert rig.lane.written == []
    await until(lambda: rig.lane.written == [due], "the deadline")
    assert rig.noted.gave_up[-1]
    assert set(rig.noted.troubles) == ({"TimeoutError"} if silent == "deaf" else set())


async def test_once_there_is_a_leader_again_what_it_knows_counts(rig: Rig) -> None:
    rig.waits(FIRST)
    rig.world.cluster.leaderless.add(FIRST)
    due = rig.comes_due()
    await asyncio.sleep(30)
    rig.world.cluster.leaderless.clear()
    rig.world.now_ms += 30_000
    await asyncio.sleep(30)
    assert rig.lane.written == []
    rig.passes(FIRST)
    await until(lambda: rig.lane.written == [due], "the deadline")
    assert not any(rig.noted.gave_up)


async def test_once_its_leader_answers_again_what_it_knows_counts(rig: Rig) -> None:
    rig.log.deaf = FIRST
    due = rig.comes_due()
    await asyncio.sleep(1)
    rig.log.deaf = None
    rig.world.now_ms += 1_000
    await until(lambda: rig.lane.written == [due], "the deadline")
    assert not any(rig.noted.gave_up)


async def test_a_partition_that_was_there_is_waited_for_after_trouble_too(rig: Rig) -> None:
    rig.waits(FIRST)
    rig.log.forgotten = FIRST.topic
    rig.follower.stumbles = True
    await until(lambda: rig.noted.troubles == ["ConnectionError"], "the trouble")
    due = rig.comes_due()
    await asyncio.sleep(60)
    assert rig.lane.written == []
    rig.passes(FIRST)
    await until(lambda: rig.lane.written == [due], "the deadline")
    assert not any(rig.noted.gave_up)


async def test_where_intake_cannot_be_heard_any_more_deadlines_wait_and_not_for_ever(
    rig: Rig,
) -> None:
    rig.waits(FIRST)
    rig.follower.lies = True
    due = rig.comes_due()
    began = asyncio.get_running_loop().time()
    await until(lambda: rig.lane.written == [due], "the deadline", 700)
    assert LIMITS.gate_seconds <= asyncio.get_running_loop().time() - began < 610
    assert rig.noted.gave_up[-1]


@pytest.mark.parametrize("junk", [b"junk", b'{"t.in1":"x"}'])
async def test_a_position_that_no_lane_has_written_ends_it_with_its_place(
    rig: Rig, junk: bytes
) -> None:
    place = TopicPartition(rig.world.names.positions, 0)
    rig.world.cluster.append(place, 0, [(POSITION_KEY, junk, ())], 0)
    with pytest.raises(ChangelogDamaged, match="partition 0 offset 0 is no position"):
        await asyncio.wait_for(rig.gate.ended(), 5)


async def test_what_cannot_be_ended_after_trouble_is_told_and_begun_anew(rig: Rig) -> None:
    rig.follower.stumbles = rig.follower.falls = True
    await until(lambda: rig.noted.troubles == ["ConnectionError", "OSError"], "the trouble")
    due = rig.comes_due()
    await until(lambda: rig.lane.written == [due], "the deadline")
