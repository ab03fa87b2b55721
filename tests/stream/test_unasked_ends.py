"""Nothing of the record path ends without a word: a cancellation that nobody asked for is a failure with a name."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pytest

from tests.stream.harness import QUICK, Process, World, engine_of
from tests.stream.toys import Counter, Relay
from worker.lane.errors import NotForeseen
from worker.lane.gate import Gate, Inputs
from worker.lane.log import Chunk
from worker.lane.memory.line import StraightLine
from worker.lane.memory.log import MemoryLog
from worker.lane.memory.source import MemoryFollower, MemorySource
from worker.lane.processor import Record, TopicPartition


class CancelsWhoAsks(MemoryLog):
    async def beginnings(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        raise asyncio.CancelledError


class CancelsWhoReads(MemorySource):
    async def poll(self, wanted: Any, max_records: int, timeout_ms: int) -> Sequence[Chunk]:
        raise asyncio.CancelledError


class CancelsWhoFollows(MemoryFollower):
    async def poll(self, timeout_ms: int) -> Sequence[Record]:
        raise asyncio.CancelledError


async def test_a_lane_that_is_cancelled_from_below_stops_the_process() -> None:
    world = World()
    engine = engine_of(world, Counter(world.names), log=CancelsWhoAsks(world.cluster))
    await engine.start()
    with pytest.raises(NotForeseen, match="lane 0 was cancelled"):
        await asyncio.wait_for(engine.failed, 5)
    await engine.stop()


async def test_a_pump_that_is_cancelled_from_below_stops_the_process() -> None:
    world = World()
    source = CancelsWhoReads(world.cluster, StraightLine(), world.relays)
    engine = engine_of(world, Relay(world.names), source=source)
    await engine.start()
    with pytest.raises(NotForeseen, match="relay pump was cancelled"):
        await asyncio.wait_for(engine.failed, 5)
    await engine.stop()


async def test_a_gate_that_is_cancelled_from_below_says_so() -> None:
    world = World()
    follower = CancelsWhoFollows(world.cluster, StraightLine(), [world.names.positions])
    inputs = Inputs(topics=world.names.inputs, log=MemoryLog(world.cluster), positions=follower)
    gate = Gate(inputs, list, limits=QUICK)
    await gate.start()
    with pytest.raises(NotForeseen, match="deadline gate was cancelled"):
        await asyncio.wait_for(gate.ended(), 5)


async def test_what_is_told_to_end_has_not_failed() -> None:
    process = Process(World())
    await process.start()
    await process.stop()
    await asyncio.wait_for(process.gate.ended(), 5)
    assert not any(engine.failed.done() for engine in process.engines)
