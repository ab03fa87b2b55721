"""Both processors on a log in memory, undisturbed; what becomes of them otherwise, tests/faults/simulation shows."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from tests.stream.harness import Process, World, until, verdict
from worker.lane.lane import Lane
from worker.lane.processor import TopicPartition, size_of
from worker.lane.watch import Committed, Watch

KEYS = ("anna", "bert", "cleo", "dora", "emil")


def feed(world: World, dice: random.Random, count: int) -> None:
    for _ in range(count):
        world.now_ms += 1
        world.produce(dice.choice(KEYS))


def all_said(world: World, count: int) -> bool:
    return len(world.said()) >= count


async def test_every_record_has_its_outcome_once() -> None:
    world = World()
    feed(world, random.Random(1), 100)
    process = Process(world)
    await process.start()
    await until(lambda: all_said(world, 100), "all outcomes")
    feed(world, random.Random(2), 50)
    await until(lambda: all_said(world, 150), "those of later records too")
    await process.stop()
    assert verdict(world) == []


class Rounds(Watch):
    """Remembers what the relay's rounds had, and what was queued behind each."""

    def __init__(self) -> None:
        self.facts: list[Committed] = []
        self.queued: list[set[str]] = []
        self.lanes: Mapping[int, Lane[Any]] = {}

    def committed(self, processor: str, partition: int, facts: Committed) -> None:
        if processor == "relay":
            self.facts.append(facts)
            self.queued.append({place.topic for place in self.lanes[partition].queued})


async def test_a_round_ends_where_its_outcomes_are_enough() -> None:
    world, rounds = World(partitions=1), Rounds()
    for _ in range(6):  # one batch
        world.produce("anna", padding="x" * 150)
    process = Process(world, watch=rounds)
    rounds.lanes = process.engines[0].lanes
    await process.start()
    await until(lambda: all_said(world, 6), "all outcomes")
    await process.stop()
    assert verdict(world) == []
    first, second = world.names.inputs
    assert rounds.queued == [{first, second}] * 2 + [{second}] * 3 + [set()]
    assert [one.records for one in rounds.facts] == [1] * 6
    assert sum(one.bytes for one in rounds.facts) == sum(
        size_of(one) for name in world.names.inputs for one in world.read(name)
    )


async def test_an_offset_that_went_back_is_committed_again() -> None:
    world = World(partitions=1)
    process = Process(world)
    await process.start()
    world.produce("anna")
    offsets = world.cluster.group_offsets
    spine = TopicPartition(world.names.spine, 0)
    await until(lambda: offsets.get("counter", {}).get(spine) == 1, "an offset")
    offsets["counter"][spine] = 0
    await until(lambda: offsets["counter"][spine] == 1, "the same once more", seconds=20)
    await process.stop()


async def test_group_offsets_reach_the_end_of_every_input() -> None:
    world = World()
    feed(world, random.Random(1), 30)
    process = Process(world)
    await process.start()
    await until(lambda: all_said(world, 30), "all outcomes")

    def lag() -> int:
        groups = world.cluster.group_offsets.values()
        offsets = {place: offset for group in groups for place, offset in group.items()}
        return sum(
            partition.stable_end() - offsets.get(place, 0)
            for place, partition in world.cluster.partitions.items()
            if place.topic in (*world.names.inputs, world.names.spine)
        )

    await until(lambda: lag() == 0, "no lag")
    assert process.engines[1].not_ready() == []
    assert all(lag.messages == 0 for engine in process.engines for lag in engine.lag())
    await process.stop()
