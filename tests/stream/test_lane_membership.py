"""Processes that are static members of their group: under a name of their own, which another may take."""

from __future__ import annotations

from tests.stream.harness import Noted, World, engine_of, until, verdict
from tests.stream.toys import Counter, Relay
from worker.lane.memory.line import StraightLine
from worker.lane.memory.log import MemoryLog

LONG = 60.0
"""Seconds, within which lag has to be gone."""


async def test_who_was_refused_while_it_waited_for_its_share_joins_anew() -> None:
    world, noted, asked = World(partitions=1), Noted(), list[str]()
    log = MemoryLog(world.cluster, StraightLine(asked.append))
    source = log.source(world.relays, instance="n")
    relay = engine_of(world, Relay(world.names), source=source, watch=noted)
    await relay.start()
    await until(lambda: relay.not_ready() == [], "the first deal")
    await world.relays.join("slow")
    world.relays.deal_anew()
    await until(lambda: asked.count("after join") == 3, "that it waits for who is slow")
    share = world.relays.join("another", instance="n")
    world.relays.leave("slow")
    await share
    world.relays.leave("another")
    world.produce("anna")
    await until(lambda: len(world.read(world.names.spine)) == 1, "that it is back", LONG)
    assert noted.troubles == ["fetch Refused"]
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
