"""Lanes that open beside each other, in two processes or in one.

Of two processes that open the same lane each may hold one of its two ids, and one of them goes on.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.stream.harness import QUICK, Noted, World, WritingLog, engine_of, until, verdict
from tests.stream.toys import Counter, Relay
from worker.lane.log import Take, WholeRead
from worker.lane.memory.cluster import Cluster
from worker.lane.memory.group import Group
from worker.lane.memory.log import MemoryLog, MemoryWriter
from worker.lane.processor import TopicPartition


class SlowOnTheSecond(MemoryLog):
    """Takes long to open the second id of a lane."""

    async def open_writer(self, transactional_id: str | None) -> MemoryWriter:
        if transactional_id is not None and transactional_id.endswith("b"):
            await asyncio.sleep(3)
        return await super().open_writer(transactional_id)


async def test_who_was_overtaken_on_the_first_id_does_not_go_on_with_the_second() -> None:
    world, noted = World(partitions=1), Noted()
    slow = engine_of(world, Counter(world.names), log=SlowOnTheSecond(world.cluster), watch=noted)
    relay = engine_of(world, Relay(world.names))
    others = MemoryLog(world.cluster).source(Group("others", world.cluster, [world.names.spine]))
    successor = engine_of(world, Counter(world.names), source=others)
    await slow.start()
    await until(lambda: bool(slow.lanes), "the first deal")
    await relay.start()
    await successor.start()
    for said in ([1], [1, 2]):
        world.produce("anna")
        await until(lambda: world.said() == said, "what the successor says")  # noqa: B023  asked at once
    await until(lambda: slow.not_ready() == [], "that it has opened the second id")
    world.produce("anna")
    await until(lambda: bool(noted.failures), "that it was overtaken")
    assert noted.failures[0] == "WriterLost"
    await slow.stop()
    for _ in range(6):
        world.produce("anna")
    await until(lambda: len(world.said()) == 9, "the rest")
    assert verdict(world) == []
    await relay.stop()
    await successor.stop()


class SlowLog(MemoryLog):
    """Takes its time to open a writer of transactions, and notes which."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self.opened: list[str] = []

    async def open_writer(self, transactional_id: str | None) -> MemoryWriter:
        if transactional_id is not None:
            await asyncio.sleep(0.3)
            self.opened.append(transactional_id)
        return await super().open_writer(transactional_id)


async def test_a_lane_that_is_parked_while_it_opens_fences_nobody_until_it_is_resumed() -> None:
    world, noted = World(partitions=1), Noted()
    slow, relay = SlowLog(world.cluster), engine_of(world, Relay(world.names))
    before = engine_of(world, Counter(world.names), log=slow)
    await before.start()
    await until(lambda: bool(before.lanes), "a lane is dealt")
    await before.revoked()
    await until(lambda: len(slow.opened) == 1, "what was under way")
    others = MemoryLog(world.cluster).source(Group("others", world.cluster, [world.names.spine]))
    after = engine_of(world, Counter(world.names), source=others, watch=noted)
    await asyncio.gather(relay.start(), after.start())
    await asyncio.sleep(1)
    for _ in range(4):
        world.produce("anna")
    await until(lambda: len(world.said()) == 4, "the successor works")
    assert len(slow.opened) == 1
    assert noted.failures == []
    for engine in (before, relay, after):
        await engine.stop()


class Crowd(MemoryLog):
    """Takes its time to read a changelog, and notes how many are being read."""

    reading = most = 0

    async def read_all(self, place: TopicPartition, take: Take) -> WholeRead:
        self.reading += 1
        self.most = max(self.most, self.reading)
        await asyncio.sleep(0.1)
        self.reading -= 1
        return await super().read_all(place, take)


async def test_so_many_lanes_recover_at_once_and_no_more() -> None:
    world = World(partitions=8)
    log, few = Crowd(world.cluster), replace(QUICK, opens_at_once=3)
    engine = engine_of(world, Counter(world.names), log=log, limits=few)
    await engine.start()
    await until(lambda: engine.not_ready() == [], "all lanes")
    assert len(engine.lanes) == 8
    assert log.most == 3
    await engine.stop()


class StuckOnce(MemoryWriter):
    """Is never answered the first time that it commits."""

    stuck = False

    async def commit(self) -> None:
        if StuckOnce.stuck:
            StuckOnce.stuck = False
            await asyncio.Event().wait()
        await super().commit()


async def test_a_lane_whose_first_commit_is_not_answered_opens_again() -> None:
    world, noted = World(partitions=1), Noted()
    StuckOnce.stuck = True
    log = WritingLog(world.cluster, StuckOnce)
    engine = engine_of(world, Counter(world.names), log=log, watch=noted)
    await engine.start()
    await until(lambda: engine.not_ready() == [], "that it is ready", 3 * QUICK.transaction_seconds)
    assert noted.failures == ["TimeoutError"]
    await engine.stop()
