"""Members of two versions in one group, of which the newer reads one more input."""

from __future__ import annotations

from typing import Any

from tests.stream.harness import Noted, World, engine_of, until
from tests.stream.toys import Names, Relay
from worker.lane.engine import Engine
from worker.lane.memory.line import StraightLine
from worker.lane.memory.source import MemorySource
from worker.lane.positions import positions_of
from worker.lane.processor import TopicPartition

LATEST = "t.in3"
LONG = 60.0


class Newer(Relay):
    """Reads one more input."""

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        self.inputs = (*names.inputs, LATEST)


def member(world: World, relay: Relay, noted: Noted) -> Engine[Any]:
    source = MemorySource(world.cluster, StraightLine(), world.relays, topics=relay.inputs)
    return engine_of(world, relay, source=source, watch=noted)


def places(*engines: Engine[Any]) -> list[TopicPartition]:
    return sorted(place for one in engines for lane in one.lanes.values() for place in lane.places)


def sent(world: World, number: int) -> None:
    """Writes a record onto the latest input."""
    world.produced += 1
    place, body = TopicPartition(LATEST, number), f'{{"id": {world.produced}}}'
    world.cluster.append(place, 0, [(b"anna", body.encode(), ())], world.now_ms)


async def is_ready(engine: Engine[Any]) -> None:
    await until(lambda: engine.not_ready() == [], "ready", LONG)


async def relayed(world: World) -> None:
    """Waits until all that was produced was relayed, and sees that nothing was twice."""
    await until(lambda: len(world.read(world.names.spine)) >= world.produced, "all of it", LONG)
    assert len(world.read(world.names.spine)) == world.produced


async def test_an_older_member_reads_what_it_knows_and_keeps_the_position_of_what_it_does_not() -> (
    None
):
    world, noted = World(), Noted()
    world.cluster.create(LATEST, 2)
    newer = member(world, Newer(world.names), noted)
    await newer.start()
    await is_ready(newer)
    for number in (0, 1):
        world.produce("anna")
        world.produce("bert")
        sent(world, number)
    await relayed(world)
    older = member(world, Relay(world.names), noted)
    await older.start()
    await until(lambda: len(places(newer)) == 3 and len(places(older)) == 2, "a lane each", LONG)
    await newer.stop()
    await until(lambda: len(places(older)) == 4, "that the older has all that it reads", LONG)
    for key in ("anna", "bert", "carl", "dora"):
        world.produce(key)
    await relayed(world)
    await older.stop()
    for written in world.read(world.names.positions)[-2:]:
        assert positions_of(written.value or b"")[LATEST] == 1
    back = member(world, Newer(world.names), noted)
    await back.start()
    await is_ready(back)
    sent(world, 0)
    await relayed(world)
    assert (noted.troubles, noted.failures) == ([], [])
    await back.stop()


async def test_what_an_older_member_does_not_read_waits_for_one_that_does() -> None:
    world, noted = World(), Noted()
    world.cluster.create(LATEST, 2)
    older, newer = (member(world, one(world.names), noted) for one in (Relay, Newer))
    await older.start()
    await newer.start()
    await until(lambda: len(places(newer)) == 3 and len(places(older)) == 2, "a lane each", LONG)
    (unread,) = {TopicPartition(LATEST, number) for number in (0, 1)} - set(places(newer))
    for number in (0, 1):
        sent(world, number)
    await until(lambda: len(world.read(world.names.spine)) == 1, "what the newer reads", LONG)
    await older.stop()
    await until(lambda: unread in places(newer), "that the newer has all", LONG)
    await relayed(world)
    await newer.stop()
