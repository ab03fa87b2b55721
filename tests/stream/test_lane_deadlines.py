"""Deadlines on a log in memory: once, never early, and never before what was already waiting on the inputs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Sequence
from typing import Any

import pytest

from tests.stream.harness import Process, World, WritingLog, until, verdict
from worker.lane.errors import ClockRefused
from worker.lane.log import Acknowledged, Message
from worker.lane.memory.log import MemoryWriter
from worker.lane.processor import Record, TopicPartition
from worker.lane.watch import Watch


class Noted(Watch):
    """Remembers what the gate does."""

    def __init__(self) -> None:
        self.gave_up: list[bool] = []
        self.written = 0
        self.troubles = 0

    def trouble(self, processor: str, doing: str, error: str) -> None:
        self.troubles += 1

    def gate_waited(self, seconds: float, *, gave_up: bool) -> None:
        self.gave_up.append(gave_up)

    def deadlines_written(self, processor: str, partition: int, count: int, late_ms: float) -> None:
        self.written += count


def on_the_spine(world: World) -> list[int]:
    bodies: list[Any] = [json.loads(one.value or b"") for one in world.read(world.names.spine)]
    return [body["deadline"] for body in bodies if "deadline" in body]


def intake_has_passed(world: World) -> bool:
    """Returns whether intake has said that it is past every record of the inputs."""
    told = {
        (topic, partition): position
        for partition, positions in world.stood()
        for topic, position in positions.items()
    }
    held = [record for topic in world.names.inputs for record in world.read(topic)]
    return all(told.get((one.topic, one.partition), 0) > one.offset for one in held)


async def looked(process: Process) -> None:
    """Waits for a look of the gate that nothing holds up: it has ended when the one after it begins."""
    await until(lambda: intake_has_passed(process.world), "nothing to wait for")
    seen = process.looks
    await until(lambda: process.looks >= seen + 2, "a whole look of the gate")


async def test_a_deadline_is_written_when_its_time_comes_and_not_before() -> None:
    world, process = World(), None
    process = Process(world)
    await process.start()
    world.produce("anna", wait=2_000)
    await until(lambda: world.said() == [1], "the record")
    world.now_ms = 1_999
    await looked(process)
    assert on_the_spine(world) == []
    world.now_ms = 2_000
    await until(lambda: world.said() == [1, "deadline 2000"], "the deadline")
    await process.stop()
    assert verdict(world) == []


async def test_a_deadline_written_and_not_yet_seen_is_not_written_again() -> None:
    world, noted = World(), Noted()
    process = Process(world, watch=noted)
    await process.start()
    world.produce("anna", wait=2_000)
    await until(lambda: world.said() == [1], "the record")
    hold_back(process)
    world.now_ms = 2_000
    await until(lambda: on_the_spine(world) == [2_000], "written once")
    await looked(process)
    assert on_the_spine(world) == [2_000]
    assert noted.written == 1
    await process.stop()


class Unwritable(MemoryWriter):
    """Finds no leader for the deadlines of one partition."""

    async def send(
        self, place: TopicPartition, messages: Sequence[Message], timestamp_ms: int
    ) -> Sequence[Awaitable[Acknowledged]]:
        if place == ("t.spine", 0) and b"deadline" in (messages[0][1] or b""):
            await asyncio.sleep(0.05)
            raise TimeoutError
        return await super().send(place, messages, timestamp_ms)


class Untimely(MemoryWriter):
    """Finds a broker that refuses the time of deadlines."""

    async def send(
        self, place: TopicPartition, messages: Sequence[Message], timestamp_ms: int
    ) -> Sequence[Awaitable[Acknowledged]]:
        if place.topic == "t.spine" and b"deadline" in (messages[0][1] or b""):
            raise ClockRefused
        return await super().send(place, messages, timestamp_ms)


async def test_a_partition_that_cannot_be_written_to_holds_up_no_other_deadline() -> None:
    world, noted = World(), Noted()
    process = Process(world, watch=noted, log=WritingLog(world.cluster, Unwritable))
    await process.start()
    for key in "abcdefgh":
        world.produce(key, wait=2_000)
    await until(lambda: len(world.said()) == 8, "the records")
    world.now_ms = 2_000
    await until(lambda: on_the_spine(world) == [2_000] * 4, "the deadlines of the other one")
    await until(lambda: noted.troubles > 2, "further attempts")
    assert {record.partition for record in world.read("t.spine") if due(record)} == {1}
    await process.stop()


async def test_a_time_that_the_broker_refuses_ends_the_gate_by_name() -> None:
    world = World()
    process = Process(world, log=WritingLog(world.cluster, Untimely))
    await process.start()
    world.produce("anna", wait=2_000)
    await until(lambda: world.said() == [1], "the record")
    world.now_ms = 2_000
    with pytest.raises(ClockRefused):
        await asyncio.wait_for(process.gate.ended(), 5)
    assert on_the_spine(world) == []
    await process.stop()


def due(record: Record) -> bool:
    return b"deadline" in (record.value or b"")


def hold_back(process: Process) -> None:
    """Lets the counter read nothing more."""
    for lane in process.engines[1].lanes.values():
        lane.wants = lambda _: False  # type: ignore[assignment, method-assign]


async def test_an_event_that_was_waiting_on_an_input_wins_over_its_deadline() -> None:
    world = World()
    first = Process(world)
    await first.start()
    world.produce("anna", wait=2_000)
    await until(lambda: world.said() == [1], "the record")
    await first.stop()
    world.produce("anna")
    world.now_ms = 50_000
    second = Process(world)
    await second.start()
    await until(lambda: 2 in world.said(), "the event that cancels")
    await looked(second)
    await second.stop()
    assert world.said() == [1, 2]
    assert on_the_spine(world) == []


async def test_without_intake_the_gate_gives_up_after_its_time_and_says_so() -> None:
    world, noted = World(), Noted()
    first = Process(world)
    await first.start()
    world.produce("anna", wait=2_000)
    await until(lambda: world.said() == [1], "the record")
    await first.stop()
    world.produce("bert")
    world.now_ms = 50_000
    second = Process(world, watch=noted)
    await second.engines[1].start()
    await second.gate.start()
    await until(lambda: "deadline 2000" in world.said(), "the deadline, in the end")
    assert noted.gave_up[0]
    await second.gate.stop()
    await second.engines[1].stop()
