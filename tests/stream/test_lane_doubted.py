"""What one partition wants is not there, as somebody says: the others go on while that is looked at."""

from __future__ import annotations

import asyncio
from collections import Counter as Counted
from collections.abc import AsyncIterator, Collection, Sequence

import pytest

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
    """Finds once of places that they end before what was read of them."""

    def __init__(self, world: World) -> None:
        super().__init__(world.cluster, StraightLine(), world.counters)
        self.back: list[TopicPartition] = []
        self.asked: Counted[TopicPartition] = Counted()
        self.left = 0

    async def poll(
        self, wanted: Collection[TopicPartition], max_records: int, timeout_ms: int
    ) -> Sequence[Chunk]:
        self.asked.update(wanted)
        for place in self.back:
            if place in wanted:
                self.back.remove(place)
                self._at.clear()
                raise WentBack([place])
        return await super().poll(wanted, max_records, timeout_ms)

    async def stop(self) -> None:
        self.left += 1
        await super().stop()


class Scene:
    """A relay and a counter on two partitions, which have done all there was."""

    def __init__(self) -> None:
        self.world, self.noted = World(partitions=2), Noted()
        self.source = SetBack(self.world)
        self._relay = engine_of(self.world, Relay(self.world.names), limits=Limits())
        self.counter = engine_of(
            self.world,
            Counter(self.world.names),
            source=self.source,
            watch=self.noted,
            limits=Limits(),
        )
        self.of = {self.world.names.place(key.encode()): key for key in KEYS}
        self.said = 0

    async def begin(self) -> None:
        await self._relay.start()
        await self.counter.start()
        await self.says(*KEYS)

    def place(self, partition: int) -> TopicPartition:
        return TopicPartition(self.world.names.spine, partition)

    async def says(self, *keys: str, within: float = 10.0) -> None:
        """Lets events come, and sees them counted."""
        for key in keys:
            self.world.produce(key)
        self.said += len(keys)
        await until(lambda: len(self.world.said()) == self.said, str(keys), within)

    async def goes_back(self, *partitions: int) -> None:
        """Has somebody answer for partitions who led them at their beginning."""
        for one in partitions:
            self.world.cluster.partitions[self.place(one)].as_of = 1
            self.source.back.append(self.place(one))
        await until(lambda: not self.source.back, "that they went back")
        self.source.asked.clear()

    def hear(self) -> None:
        """Has whoever answers hear who leads now."""
        for partition in self.world.cluster.partitions.values():
            partition.hear()

    async def end(self) -> None:
        await self.counter.stop()
        await self._relay.stop()


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene()
    await scene.begin()
    yield scene
    await scene.end()


async def test_lanes_of_other_partitions_go_on_and_then_so_does_this_one(scene: Scene) -> None:
    await scene.goes_back(0)
    await scene.says(scene.of[1], within=AT_ONCE_SECONDS)
    assert not scene.source.asked[scene.place(0)]
    scene.hear()
    await scene.says(scene.of[0])
    assert scene.noted.troubles == ["fetch WentBack"]


async def test_two_that_go_back_one_after_the_other_are_taken_for_no_stall(scene: Scene) -> None:
    await scene.goes_back(0)
    await asyncio.sleep(1)
    await scene.goes_back(1)
    scene.hear()
    await scene.says(scene.of[0], scene.of[1], within=30)
    assert scene.noted.troubles == ["fetch WentBack"] * 2
    assert not scene.source.left


@pytest.mark.parametrize("seconds", range(20, 32))
async def test_a_look_at_its_time_meanwhile_takes_it_for_no_stall(
    scene: Scene, seconds: int
) -> None:
    await asyncio.sleep(seconds)
    await scene.goes_back(0)
    scene.world.produce(scene.of[0])
    scene.said += 1
    await asyncio.sleep(4)
    scene.hear()
    await scene.says(scene.of[1], scene.of[0], within=30)
    assert scene.noted.troubles == ["fetch WentBack"]
    assert not scene.source.left
