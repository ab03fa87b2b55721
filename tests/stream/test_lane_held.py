"""What a lane does over its quota: it waits until the broker reads again, and fails of nothing meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import replace

import pytest

from tests.stream.harness import QUICK, Noted, World, WritingLog, engine_of, until
from tests.stream.toys import Counter, Relay
from worker.lane.errors import ClockRefused
from worker.lane.gate import Gate, Inputs
from worker.lane.log import Acknowledged, Message
from worker.lane.memory.line import StraightLine
from worker.lane.memory.log import MemoryLog, MemoryWriter
from worker.lane.memory.source import MemoryFollower
from worker.lane.processor import Record, TopicPartition
from worker.lane.spine_writer import SpineWriter

HELD_SECONDS = 0.3
"""Longer than the lanes' limits that must not be met meanwhile, all but the drain's."""
MOST_AT_ONCE = 3


class HeldWriter(MemoryWriter):
    """Is held after whatever it was handed in one step of the loop; what is sent nevertheless is never answered."""

    async def send(
        self, place: TopicPartition, messages: Sequence[Message], timestamp_ms: int
    ) -> Sequence[Awaitable[Acknowledged]]:
        now = asyncio.get_running_loop().time()
        if now < self.held_until < now + HELD_SECONDS:
            raise TimeoutError
        self.held_until = now + HELD_SECONDS
        return await super().send(place, messages, timestamp_ms)


@pytest.mark.parametrize("kind", [Relay, Counter])
async def test_a_lane_over_its_quota_waits_and_fails_of_nothing(
    kind: type[Relay | Counter],
) -> None:
    world, noted = World(partitions=1), Noted()
    relay = engine_of(world, Relay(world.names))
    if kind is Counter:
        await relay.start()
    held = engine_of(
        world,
        kind(world.names),
        watch=noted,
        log=WritingLog(world.cluster, HeldWriter),
        limits=replace(QUICK, stall_seconds=HELD_SECONDS / 4),
    )
    await held.start()
    for _ in range(60):
        world.produce("anna")
        await asyncio.sleep(0.01)
    topic = world.names.spine if kind is Relay else world.names.out
    await until(lambda: len(world.read(topic)) == 60, "all records", seconds=60)
    assert noted.failures == noted.troubles == []
    await asyncio.gather(relay.stop(), held.stop())


async def test_a_lane_that_is_held_goes_when_the_group_deals_anew() -> None:
    world = World(partitions=1)
    relay = engine_of(world, Relay(world.names), log=WritingLog(world.cluster, HeldWriter))
    await relay.start()
    world.produce("anna")
    await until(lambda: bool(world.read(world.names.spine)), "the record")
    began = asyncio.get_running_loop().time()
    await relay.stop()
    assert asyncio.get_running_loop().time() - began < HELD_SECONDS / 2


async def test_deadlines_wait_as_well() -> None:
    world = World(partitions=1)
    writer = SpineWriter(WritingLog(world.cluster, HeldWriter), QUICK, lambda: 0)
    began = asyncio.get_running_loop().time()
    for _ in range(3):
        await writer.write(TopicPartition(world.names.spine, 0), [(b"anna", b"due", ())])
    assert asyncio.get_running_loop().time() - began == pytest.approx(2 * HELD_SECONDS)
    assert len(world.read(world.names.spine)) == 3


class Slow(MemoryWriter):
    """Is held once it was handed something, which is acknowledged only then; what comes later waits, too."""

    async def send(
        self, place: TopicPartition, messages: Sequence[Message], timestamp_ms: int
    ) -> Sequence[Awaitable[Acknowledged]]:
        time = asyncio.get_running_loop().time
        acks = await super().send(place, messages, timestamp_ms)
        self.held_until = max(self.held_until, time()) + HELD_SECONDS
        await asyncio.sleep(self.held_until - time())
        return acks


async def test_deadlines_of_lanes_that_write_at_once_wait_and_fail_of_nothing() -> None:
    world = World(partitions=1)
    log = WritingLog(world.cluster, Slow)
    writer = SpineWriter(log, replace(QUICK, request_seconds=HELD_SECONDS * 1.5), lambda: 0)
    place = TopicPartition(world.names.spine, 0)
    async with asyncio.TaskGroup() as lanes:
        for key in (b"anna", b"bert", b"carl"):
            lanes.create_task(writer.write(place, [(key, b"due", ())]))
    assert len(world.read(world.names.spine)) == 3
    assert log.opened == 1


class Stuck(MemoryWriter):
    """Never gets an answer for one lead, and for others a little later."""

    abandoned = 0

    async def send(
        self, place: TopicPartition, messages: Sequence[Message], timestamp_ms: int
    ) -> Sequence[Awaitable[Acknowledged]]:
        if messages[0][0] == b"anna":
            await asyncio.Event().wait()
        acks = await super().send(place, messages, timestamp_ms)
        await asyncio.sleep(0.05)
        return acks

    async def abandon(self) -> None:
        Stuck.abandoned += 1


async def test_who_gives_a_writer_up_leaves_it_to_those_who_still_write_with_it() -> None:
    world = World(partitions=1)
    log = WritingLog(world.cluster, Stuck)
    writer = SpineWriter(log, replace(QUICK, request_seconds=0.07), lambda: 0)
    place = TopicPartition(world.names.spine, 0)
    anna = asyncio.create_task(writer.write(place, [(b"anna", b"due", ())]))
    await asyncio.sleep(0.05)
    bert = asyncio.create_task(writer.write(place, [(b"bert", b"due", ())]))
    with pytest.raises(TimeoutError):
        await anna
    assert (Stuck.abandoned, bert.done()) == (0, False)
    await bert
    assert Stuck.abandoned == 1
    await writer.write(place, [(b"carl", b"due", ())])
    assert log.opened == 2
    assert len(world.read(world.names.spine)) == 2


class Narrow(MemoryWriter):
    """Does not get more than three records through in the time that a round has."""

    async def send(
        self, place: TopicPartition, messages: Sequence[Message], timestamp_ms: int
    ) -> Sequence[Awaitable[Acknowledged]]:
        if len(messages) > MOST_AT_ONCE:
            raise TimeoutError
        return await super().send(place, messages, timestamp_ms)


async def test_a_round_that_is_too_large_for_its_time_is_tried_again_in_parts() -> None:
    world, noted = World(partitions=1), Noted()
    for _ in range(40):
        world.produce("anna")
    relay = engine_of(world, Relay(world.names), log=WritingLog(world.cluster, Narrow), watch=noted)
    await relay.start()
    await until(lambda: len(world.read(world.names.spine)) == 40, "all records")
    assert noted.failures == ["TimeoutError"]
    assert noted.failures
    await relay.stop()


async def test_what_a_quota_takes_of_a_lane_is_told_once() -> None:
    world, noted = World(partitions=1), Noted()
    relay = engine_of(
        world, Relay(world.names), log=WritingLog(world.cluster, HeldWriter), watch=noted
    )
    await relay.start()
    world.produce("anna")
    await until(lambda: bool(noted.holds), "the hold")
    for _ in range(5):
        world.produce("anna")
        await asyncio.sleep(0.01)
    assert noted.holds == [pytest.approx(HELD_SECONDS, abs=0.02)]
    await relay.stop()


class Refuses(MemoryFollower):
    """Stands for whatever meets a broker that refuses our time."""

    async def poll(self, timeout_ms: int) -> Sequence[Record]:
        raise ClockRefused


async def test_a_gate_whose_time_is_refused_does_not_try_again() -> None:
    world = World()
    follower = Refuses(world.cluster, StraightLine(), [world.names.positions])
    inputs = Inputs(topics=world.names.inputs, log=MemoryLog(world.cluster), positions=follower)
    gate = Gate(inputs, list, limits=QUICK)
    await gate.start()
    with pytest.raises(ClockRefused):
        await asyncio.wait_for(gate.ended(), 5)
