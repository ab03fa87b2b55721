"""Topics that are not what they were when a lane has lived with them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from tests.stream.harness import QUICK, Process, World, until
from worker.lane.engine import Engine
from worker.lane.memory.partition import Partition
from worker.lane.processor import TopicPartition

LOOKS_OFTEN = replace(QUICK, stall_seconds=0.01)


async def lived(leads: int = 20) -> World:
    """Returns a world in which a process has worked, and has ended in order."""
    world = World()
    process = Process(world)
    await process.start()
    for number in range(leads):
        world.produce(f"lead {number}")
    await until(lambda: len(world.said()) == leads, "everything")
    await process.stop()
    return world


def made_anew(world: World, topic: str) -> None:
    for place in list(world.cluster.partitions):
        if place.topic == topic:
            world.cluster.partitions[place] = Partition(place)


async def refused(engine: Engine[Any], error: type[Exception], said: str) -> None:
    """Sees the engine stop for a reason."""
    with pytest.raises(error, match=said):
        await asyncio.wait_for(engine.failed, 5)
    await engine.stop()


def unread(world: World) -> TopicPartition:
    """Lets a partition of the spine begin behind the place up to which it was read, and returns it."""
    place = TopicPartition(world.names.spine, 1)
    for number in range(4):
        body = json.dumps({"id": number, "origin": ["elsewhere", 1, number, 0]}).encode()
        world.cluster.append(place, 0, [(b"anna", body, ())], world.now_ms)
    world.cluster.delete_before(place, world.cluster.partitions[place].end - 1)
    return place
