"""Where a lane begins to read, and when it says how far it has come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from tests.stream.harness import QUICK, Noted, World, engine_of, until
from tests.stream.toys import Relay
from worker.lane.errors import InputRecreated
from worker.lane.guard import FetchStalled, InputGuard, Refused
from worker.lane.log import Chunk
from worker.lane.memory.line import StraightLine
from worker.lane.memory.log import MemoryLog
from worker.lane.memory.source import MemorySource
from worker.lane.positions import POSITION_KEY
from worker.lane.processor import TopicPartition


async def test_a_position_beyond_the_end_is_refused_by_name() -> None:
    world = World()
    place = TopicPartition(world.names.positions, 0)
    world.cluster.append(place, 0, [(POSITION_KEY, b'{"t.in1":50}', ())], 0)
    relay = engine_of(world, Relay(world.names))
    await relay.start()
    with pytest.raises(InputRecreated, match=r"t\.in1 partition 0 ends at 0 and was read up to 50"):
        await asyncio.wait_for(relay.failed, 5)
    await relay.stop()


async def test_what_retention_deleted_unread_is_counted() -> None:
    world, noted = World(partitions=1), Noted()
    for _ in range(10):
        world.produce("anna")
    place = TopicPartition(world.names.positions, 0)
    world.cluster.append(place, 0, [(POSITION_KEY, b'{"t.in1":1,"t.in2":5}', ())], 0)
    world.cluster.delete_before(TopicPartition("t.in1", 0), 4)
    relay = engine_of(world, Relay(world.names), watch=noted)
    await relay.start()
    await until(lambda: len(world.read(world.names.spine)) == 1, "the rest")
    assert noted.truncated == 3
    await relay.stop()


async def test_a_relay_writes_its_position_at_the_drain_and_not_with_every_round() -> None:
    world = World(partitions=1)
    relay = engine_of(world, Relay(world.names), limits=replace(QUICK, position_seconds=60.0))
    await relay.start()
    for _ in range(20):
        world.produce("anna")
        await asyncio.sleep(0.001)
    await until(lambda: len(world.read(world.names.spine)) == 20, "all records")
    assert world.stood() == []
    await relay.stop()
    assert world.stood() == [(0, {"t.in1": 10, "t.in2": 10})]


async def test_what_retention_deletes_before_a_running_lane_is_noticed_later() -> None:
    world, noted = World(partitions=1), Noted()
    place = TopicPartition("t.in1", 0)
    for _ in range(10):
        world.produce("anna")
    log = MemoryLog(world.cluster)
    guard = InputGuard(log, log.source(world.relays), noted, Relay(world.names), QUICK)
    records, end = world.cluster.partitions[place].read(4, 10)
    guard.saw(Chunk(place, 1, records, end))
    await guard.look({})
    assert noted.truncated == 0
    world.cluster.delete_before(place, 4)
    guard.saw(Chunk(place, 1, records, end))
    await guard.look({})
    assert noted.truncated == 3


async def test_an_absent_input_without_a_leader_keeps_nobody_from_looking_at_the_others() -> None:
    world = World(partitions=1)
    for _ in world.names.inputs:
        world.produce("anna")
    led, leaderless = (TopicPartition(topic, 0) for topic in world.names.inputs[:2])
    world.cluster.leaderless.add(leaderless)
    log = MemoryLog(world.cluster)
    guard = InputGuard(log, log.source(world.relays), Noted(), Relay(world.names), QUICK)
    await guard.look({}, {led: 0, leaderless: 0})
    with pytest.raises(InputRecreated, match=led.topic):
        await guard.look({}, {led: 10, leaderless: 0})


class Told(MemorySource):
    """Is over its quota, and refused by its group, as it is told."""

    until = 0.0
    why: Exception | None = None

    @property
    def held_until(self) -> float:
        return self.until

    def refused(self) -> Exception | None:
        return self.why


@pytest.fixture
def source() -> Told:
    """Gives a member of a group."""
    world = World(partitions=1)
    return Told(world.cluster, StraightLine(), world.relays)


@pytest.fixture
def look(source: Told) -> Callable[[], Awaitable[None]]:
    """Gives a look of its guard at an input that holds a record which nobody reads."""
    world = World(partitions=1)
    for _ in world.names.inputs:
        world.produce("anna")
    guard = InputGuard(MemoryLog(world.cluster), source, Noted(), Relay(world.names), QUICK)
    return lambda: guard.look({TopicPartition(world.names.inputs[0], 0): 0})


async def test_records_that_do_not_come_are_missed_unless_the_broker_holds_them_back(
    source: Told, look: Callable[[], Awaitable[None]]
) -> None:
    await look()
    await asyncio.sleep(QUICK.stall_seconds)
    source.until = asyncio.get_running_loop().time() - 0.1
    await look()
    await asyncio.sleep(QUICK.stall_seconds - 1)
    await look()
    await asyncio.sleep(1)
    with pytest.raises(FetchStalled):
        await look()


async def test_who_joins_anew_is_given_a_whole_interval_again(
    source: Told, look: Callable[[], Awaitable[None]]
) -> None:
    await look()
    await asyncio.sleep(QUICK.stall_seconds)
    source.why = PermissionError()
    with pytest.raises(Refused):
        await look()
    source.why = None
    await look()


async def test_the_position_of_an_input_that_is_gone_for_a_while_is_not_forgotten() -> None:
    world = World(partitions=1)
    place = TopicPartition(world.names.positions, 0)
    world.cluster.append(place, 0, [(POSITION_KEY, b'{"t.in1":0,"t.in2":0,"t.in3":7}', ())], 0)
    relay = engine_of(world, Relay(world.names))
    await relay.start()
    world.produce("anna")
    await until(lambda: len(world.stood()) > 1, "a position")
    await relay.stop()
    assert world.stood()[-1][1]["t.in3"] == 7
