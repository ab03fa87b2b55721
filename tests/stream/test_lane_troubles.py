"""What a lane does when something is wrong: with a processor, with the way to it, with the world."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.stream.harness import QUICK, Noted, Process, World, engine_of, until, verdict
from tests.stream.toys import Counter, Relay
from worker.lane.errors import LaneKeepsFailing, ProcessorBroke
from worker.lane.log import Chunk
from worker.lane.memory.line import StraightLine
from worker.lane.memory.log import MemoryLog
from worker.lane.memory.source import MemorySource
from worker.lane.processor import Record, Stage
from worker.lane.watch import LaneState


class Leaky(MemorySource):
    """Loses every third chunk on its way."""

    polled = 0
    leaking = True

    async def poll(self, wanted: Any, max_records: int, timeout_ms: int) -> Sequence[Chunk]:
        chunks = await super().poll(wanted, max_records, timeout_ms)
        kept = []
        for chunk in chunks:
            self.polled += 1
            if self.polled % 3 or not self.leaking:
                kept.append(chunk)
        return kept


class Failing(MemorySource):
    """Fails to fetch a number of times, then works."""

    failures = 8
    joined = 0

    async def start(self, members: Any) -> None:
        self.joined += 1
        await super().start(members)

    async def poll(self, wanted: Any, max_records: int, timeout_ms: int) -> Sequence[Chunk]:
        if self.failures:
            self.failures -= 1
            raise ConnectionError
        return await super().poll(wanted, max_records, timeout_ms)


class BreaksAtSeven(Counter):
    """Has a defect."""

    def fold(self, record: Record, stage: Stage[Any]) -> None:
        if b'"id": 7' in (record.value or b""):
            raise ValueError("what anna@example.com typed in")
        super().fold(record, stage)


async def test_a_defect_stops_the_process_and_tells_no_payload() -> None:
    world = World()
    relay, counter = (
        engine_of(world, Relay(world.names)),
        engine_of(world, BreaksAtSeven(world.names)),
    )
    await relay.start()
    await counter.start()
    for _ in range(10):
        world.produce("anna")
    with pytest.raises(ProcessorBroke) as caught:
        await asyncio.wait_for(counter.failed, 5)
    assert "ValueError at test_lane_troubles.py" in str(caught.value)
    assert "anna" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert counter.not_ready() == ["counter has failed"]
    await relay.stop()
    await counter.stop()
    assert 7 not in world.said()


async def test_a_lane_that_keeps_failing_stops_the_process() -> None:
    world = World()
    dying = False

    def tap(request: str) -> None:
        if dying and request == "before commit":
            raise ConnectionError

    counter = engine_of(
        world,
        Counter(world.names),
        log=MemoryLog(world.cluster, StraightLine(tap)),
        limits=replace(QUICK, failures_allowed=3),
    )
    relay = engine_of(world, Relay(world.names))
    await relay.start()
    await counter.start()
    await until(lambda: counter.not_ready() == [], "ready")
    dying = True
    world.produce("anna")
    with pytest.raises(LaneKeepsFailing, match="3 times"):
        await asyncio.wait_for(counter.failed, 5)
    await relay.stop()
    await counter.stop()


async def test_what_is_lost_on_the_way_is_fetched_again() -> None:
    world, noted = World(), Noted()
    leaky = [
        Leaky(world.cluster, StraightLine(), group) for group in (world.relays, world.counters)
    ]
    relay = engine_of(world, Relay(world.names), source=leaky[0], watch=noted)
    counter = engine_of(world, Counter(world.names), source=leaky[1], watch=noted)
    await relay.start()
    await counter.start()
    for number in range(60):
        world.produce(f"lead {number % 7}")
        await asyncio.sleep(0.001)
    for source in leaky:
        source.leaking = False
        for number in range(28):
            world.produce(f"lead {number % 7}")
        await asyncio.sleep(0.02)
    await until(lambda: len(world.said()) == world.produced, "everything")
    await relay.stop()
    await counter.stop()
    assert noted.breaks
    assert verdict(world) == []


class Deaf(MemorySource):
    """Gets nothing until it has joined a second time."""

    joined = 0

    async def start(self, members: Any) -> None:
        self.joined += 1
        await super().start(members)

    async def poll(self, wanted: Any, max_records: int, timeout_ms: int) -> Sequence[Chunk]:
        if self.joined < 2:
            await asyncio.sleep(timeout_ms / 1000)
            return []
        return await super().poll(wanted, max_records, timeout_ms)


async def test_a_membership_that_gets_nothing_though_there_is_something_is_replaced() -> None:
    world, noted = World(), Noted()
    source = Deaf(world.cluster, StraightLine(), world.relays)
    relay = engine_of(
        world,
        Relay(world.names),
        source=source,
        watch=noted,
        limits=replace(QUICK, stall_seconds=0.01),
    )
    await relay.start()
    world.produce("anna")
    await until(lambda: len(world.read(world.names.spine)) == 1, "the record")
    assert source.joined == 2
    assert noted.troubles == ["fetch FetchStalled"]
    await relay.stop()


async def test_a_membership_that_fails_again_and_again_is_replaced() -> None:
    world, noted = World(), Noted()
    source = Failing(world.cluster, StraightLine(), world.relays)
    relay = engine_of(world, Relay(world.names), source=source, watch=noted)
    await relay.start()
    world.produce("anna")
    await until(lambda: len(world.read(world.names.spine)) == 1, "the record")
    assert source.joined == 2
    assert noted.troubles.count("fetch ConnectionError") == 8
    await relay.stop()


async def test_a_parked_lane_goes_on_with_what_it_kept() -> None:
    world, noted = World(), Noted()
    first, second = Process(world, watch=noted), Process(world)
    await first.start()
    await until(first.ready, "ready")
    opened = noted.states.count(LaneState.POSITIONED)
    await second.start()
    await until(second.ready, "the newcomer is ready")
    await until(first.ready, "the first goes on")
    for number in range(30):
        world.produce(f"lead {number}")
    await until(lambda: len(world.said()) == 30, "everything")
    assert noted.failures == []
    assert noted.states.count(LaneState.CLOSED) == 2
    assert noted.states.count(LaneState.POSITIONED) == opened + 2
    assert noted.states.count(LaneState.OPENING) == 0
    await first.stop()
    await second.stop()
    assert verdict(world) == []


async def test_memberships_that_end_by_failing_fetches_again_and_again_stop_the_process() -> None:
    world = World()
    source = Failing(world.cluster, StraightLine(), world.relays)
    source.failures = 1_000_000
    limits = replace(QUICK, failures_allowed=3)
    relay = engine_of(world, Relay(world.names), source=source, limits=limits)
    await relay.start()
    said = "relay joined its group 3 times and could not fetch, last with ConnectionError at"
    with pytest.raises(LaneKeepsFailing, match=said):
        await asyncio.wait_for(relay.failed, 60)
    assert source.joined == 3
    await relay.stop()
