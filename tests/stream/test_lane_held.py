"""What a lane does over its quota: it waits until the broker reads again, and fails of nothing meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import replace

import pytest

from tests.stream.harness import QUICK, Noted, World, engine_of, until
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


class OverQuota(MemoryLog):
    """A cluster that holds every writer after each write."""

    async def open_writer(self, transactional_id: str | None) -> HeldWriter:
        writer = HeldWriter(self, transactional_id)
        await writer.open()
        return writer


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
        log=OverQuota(world.cluster),
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
    relay = engine_of(world, Relay(world.names), log=OverQuota(world.cluster))
    await relay.start()
    world.produce("anna")
    await until(lambda: bool(world.read(world.names.spine)), "the record")
    began = asyncio.get_running_loop().time()
    await relay.stop()
    assert asyncio.get_running_loop().time() - began < HELD_SECONDS / 2


async def test_deadlines_wait_as_well() -> None:
    world = World(partitions=1)
    writer = SpineWriter(OverQuota(world.cluster), QUICK, lambda: 0)
    began = asyncio.get_running_loop().time()
    for _ in range(3):
        await writer.write(TopicPartition(world.names.spine, 0), [(b"anna", b"due", ())])
    assert asyncio.get_running_loop().time() - began == pytest.approx(2 * HELD_SECONDS)
    assert len(world.read(world.names.spine)) == 3


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
