"""Both processors on a log in memory: every outcome once, whoever dies when."""

from __future__ import annotations

import random

import pytest

from tests.stream.harness import Process, World, until, verdict
from tests.stream.lives import all_said, death_at, feed, life, requests_of_a_whole_life


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


@pytest.mark.parametrize("tenth", range(10))
async def test_a_crash_at_every_request_loses_and_doubles_nothing(tenth: int) -> None:
    steps = await requests_of_a_whole_life()
    for step in range(1 + tenth, steps, 10):
        assert await death_at(step, World()) == [], f"death at request {step}"


@pytest.mark.parametrize("seed", range(30))
async def test_a_life_of_crashes_joins_and_zombies_loses_and_doubles_nothing(seed: int) -> None:
    assert await life(World(partitions=3), random.Random(seed)) == []
