"""Processes that are static members of their group: under a name of their own, which another may take."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.stream.harness import Noted, Refusing, World, engine_of, until, verdict
from tests.stream.toys import Counter, Relay
from worker.lane.engine import Engine
from worker.lane.errors import InstanceFenced
from worker.lane.limits import Limits
from worker.lane.memory.line import StraightLine
from worker.lane.memory.log import MemoryLog

LONG = 60.0
"""Seconds, within which lag has to be gone."""
SESSION = Limits().session_seconds


def named(world: World, name: str = "n") -> tuple[Engine[Any], Noted, list[str]]:
    """Returns a relay of that name, what it notes, and what it asks."""
    noted, asked = Noted(), list[str]()
    source = MemoryLog(world.cluster, StraightLine(asked.append)).source(world.relays, "", name)
    return engine_of(world, Relay(world.names), source=source, watch=noted), noted, asked


async def test_who_is_refused_by_its_group_joins_anew() -> None:
    world, noted = World(partitions=1), Noted()
    source = Refusing(world.cluster, StraightLine(), world.relays)
    relay = engine_of(world, Relay(world.names), source=source, watch=noted)
    await relay.start()
    await until(lambda: relay.not_ready() == [], "the first deal")
    source.why = PermissionError()
    await until(lambda: noted.troubles == ["fetch Refused"], "that it has heard", LONG)
    world.produce("anna")
    await until(lambda: len(world.read(world.names.spine)) == 1, "that it is back", LONG)
    await relay.stop()


async def test_whose_name_was_taken_while_it_waited_for_its_share_takes_it_back() -> None:
    world = World(partitions=1)
    relay, noted, asked = named(world)
    await relay.start()
    await until(lambda: relay.not_ready() == [], "the first deal")
    await world.relays.join("slow")
    world.relays.deal_anew()
    await until(lambda: asked.count("after join") == 3, "that it waits for who is slow")
    share = world.relays.join("another", instance="n")
    world.relays.leave("slow")
    await share
    world.produce("anna")
    await until(lambda: len(world.read(world.names.spine)) == 1, "that it is back", LONG)
    assert noted.troubles == []
    await relay.stop()


async def test_of_two_processes_under_one_name_the_first_stops_and_says_why() -> None:
    world = World(partitions=1)
    first, second = (named(world)[0] for _ in range(2))
    await first.start()
    await until(lambda: first.not_ready() == [], "that the first has a lane")
    await second.start()
    await until(first.failed.done, "that the first gives up", LONG)
    with pytest.raises(InstanceFenced, match="another process has joined as n"):
        await first.failed
    await first.stop()
    world.produce("anna")
    await until(lambda: len(world.read(world.names.spine)) == 1, "that the second works", LONG)
    await asyncio.sleep(SESSION)
    assert not second.failed.done()
    await second.stop()


async def test_a_name_that_was_taken_twice_with_a_long_time_between_is_nobody_else_s() -> None:
    world = World(partitions=1)
    relay, _, asked = named(world)
    await relay.start()
    await until(lambda: relay.not_ready() == [], "the first deal")
    for _ in range(2):
        joined = asked.count("after join")
        await world.relays.join(object(), instance="n")
        await until(lambda seen=joined: asked.count("after join") > seen, "that it joins", LONG)  # type: ignore[misc]
        await until(lambda: relay.not_ready() == [], "that it is back", LONG)
        await asyncio.sleep(Limits().fenced_again_seconds)
    assert not relay.failed.done()
    await relay.stop()


async def test_who_comes_under_the_name_of_another_goes_on_with_its_lanes() -> None:
    world = World(partitions=2)
    relay = engine_of(world, Relay(world.names))
    await relay.start()
    sources = [MemoryLog(world.cluster).source(world.counters, instance="n") for _ in range(2)]
    first, second = (engine_of(world, Counter(world.names), source=one) for one in sources)
    await first.start()
    world.produce("anna")
    await until(lambda: world.said() == [1], "what the first says")
    await first.stop()
    await second.start()
    await until(lambda: second.not_ready() == [], "that it has what the first had", 1.0)
    world.produce("anna")
    await until(lambda: world.said() == [1, 2], "what the second says")
    assert verdict(world) == []
    await second.stop()
    await relay.stop()
