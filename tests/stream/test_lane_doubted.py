"""What one partition wants is not there, as somebody says: the others go on while that is looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from tests.stream.harness import Noted, World, engine_of, until
from tests.stream.toys import Counter, Relay
from worker.lane.limits import Limits
from worker.lane.log import Chunk, WentBack
from worker.lane.memory.line import StraightLine
from worker.lane.memory.source import MemorySource
from worker.lane.processor import TopicPartition

KEYS = ("anna", "bert", "cleo", "dora", "emil", "finn", "gus", "hal")
AT_ONCE_SECONDS = 0.5
"""How long lanes that are kept pause at most, as is promised."""


class SetBack(MemorySource):
    """Finds once that a place ends before what was read of it."""

    back: TopicPartition | None = None
    asked = 0

    async def poll(
        self, wanted: Collection[TopicPartition], max_records: int, timeout_ms: int
    ) -> Sequence[Chunk]:
        if self.back is not None and self.back in wanted:
            self.asked += 1
            if self.asked == 1:
                self._at.clear()
                raise WentBack([self.back])
        return await super().poll(wanted, max_records, timeout_ms)


async def test_lanes_of_other_partitions_go_on_and_then_so_does_this_one() -> None:
    world, noted = World(partitions=2), Noted()
    source = SetBack(world.cluster, StraightLine(), world.counters)
    relay = engine_of(world, Relay(world.names), limits=Limits())
    counter = engine_of(world, Counter(world.names), source=source, watch=noted, limits=Limits())
    await relay.start()
    await counter.start()
    of = {world.names.place(key.encode()): key for key in KEYS}
    for key in KEYS:
        world.produce(key)
    await until(lambda: len(world.said()) == len(KEYS), "all")

    place = TopicPartition(world.names.spine, 0)
    led, source.back = world.cluster.partitions[place], place
    led.as_of = 1
    began = asyncio.get_running_loop().time()
    await until(lambda: source.asked > 0, "that it went back")
    world.produce(of[1])
    await until(lambda: len(world.said()) == len(KEYS) + 1, "another partition")
    assert asyncio.get_running_loop().time() - began < AT_ONCE_SECONDS
    assert source.asked == 1
    led.hear()
    world.produce(of[0])
    await until(lambda: len(world.said()) == len(KEYS) + 2, "this one", 10)
    assert source.asked > 1
    assert noted.troubles == ["fetch WentBack"]
    await counter.stop()
    await relay.stop()
