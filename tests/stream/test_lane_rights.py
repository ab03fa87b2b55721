"""Whoever is not allowed what it needs stops and says so; trying again would be for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.stream.harness import World, engine_of, until
from tests.stream.policies import Field, T, Worker
from tests.stream.toys import Counter, Relay
from worker import presets
from worker.lane.engine import Engine
from worker.lane.errors import NotAllowed
from worker.lane.log import Chunk
from worker.lane.memory.line import StraightLine
from worker.lane.memory.log import MemoryLog, MemoryWriter
from worker.lane.memory.source import MemorySource


class Shut(MemorySource):
    """May not join, or not read, from some time on."""

    joins = reads = True

    async def start(self, members: Any) -> None:
        if not self.joins:
            raise NotAllowed("use the group")
        await super().start(members)

    async def poll(self, wanted: Any, max_records: int, timeout_ms: int) -> Sequence[Chunk]:
        if not self.reads:
            raise NotAllowed("read")
        return await super().poll(wanted, max_records, timeout_ms)


class Unopened(MemoryLog):
    """May not use transactional ids."""

    async def open_writer(self, transactional_id: str | None) -> MemoryWriter:
        raise NotAllowed(f"use {transactional_id}")


async def ends(engine: Engine[Any], told: str) -> None:
    with pytest.raises(NotAllowed, match=told):
        await asyncio.wait_for(engine.failed, 5)
    await engine.stop()


async def test_who_may_not_join_its_group_stops() -> None:
    world = World()
    source = Shut(world.cluster, StraightLine(), world.relays)
    source.joins = False
    relay = engine_of(world, Relay(world.names), source=source)
    await relay.start()
    await ends(relay, "use the group")


async def test_who_may_not_read_any_more_stops() -> None:
    world = World()
    source = Shut(world.cluster, StraightLine(), world.relays)
    relay = engine_of(world, Relay(world.names), source=source)
    await relay.start()
    await until(lambda: relay.not_ready() == [], "ready")
    source.reads = False
    await ends(relay, "read")


async def test_who_may_not_use_its_transactional_ids_stops() -> None:
    world = World()
    counter = engine_of(world, Counter(world.names), log=Unopened(world.cluster))
    await counter.start()
    await ends(counter, "use counter-0-a")


class Mute(StraightLine):
    """May not ask who is in the group."""

    async def ask(self, name: str, do: Callable[[], T]) -> T:
        if name == "members":
            raise NotAllowed("describe the group")
        return await super().ask(name, do)


async def test_who_may_not_ask_for_the_policies_of_others_stops(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text('extends = "inside-sales"\nversion = "other"\n')
    field = Field()
    first = Worker(field, presets.load("inside-sales"))
    second = Worker(field, presets.load(str(tmp_path / "other.toml")), line=Mute())
    for worker in (first, second):
        await worker.start()
        await until(worker.ready, "ready")
    await ends(second.engine, "describe the group")
    await first.stop()
