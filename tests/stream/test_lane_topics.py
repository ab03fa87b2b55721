"""Topics that are missing or do not fit together, and topics that are given more partitions."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace

import pytest

from tests.stream.harness import QUICK, Noted, Refusing, World, engine_of, until
from tests.stream.toys import Counter, Relay
from worker.lane.errors import LaneError, PositionsTooNarrow, TopicsDoNotFit
from worker.lane.limits import Limits
from worker.lane.memory.line import StraightLine
from worker.lane.memory.log import MemoryLog
from worker.lane.memory.partition import Partition
from worker.lane.processor import TopicPartition

LOOKS_OFTEN = replace(QUICK, stall_seconds=0.01)
LOOKS_ONCE_A_DAY = replace(QUICK, stall_seconds=86_400.0)
HEARD = 3 * Limits().heartbeat_seconds
"""Seconds within which a member hears that the group deals anew."""


class Forgetful(MemoryLog):
    """Does not know a topic for a while, as a broker that has just come back."""

    forgotten: str | None = None

    async def partitions(self, topics: Collection[str]) -> Mapping[str, int]:
        known = [topic for topic in topics if topic != self.forgotten]
        return {**dict.fromkeys(topics, 0), **await super().partitions(known)}


def grown(world: World, topic: str) -> None:
    """Gives a topic of two partitions a third."""
    place = TopicPartition(topic, 2)
    world.cluster.partitions[place] = Partition(place)


@pytest.mark.parametrize(
    "partitions, said", [(0, "missing: t.changelog"), (3, "t.changelog has 3 partitions")]
)
async def test_topics_that_do_not_fit_are_named(partitions: int, said: str) -> None:
    world = World()
    gone = [place for place in world.cluster.partitions if place.topic == world.names.changelog]
    for place in gone:
        del world.cluster.partitions[place]
    world.cluster.create(world.names.changelog, partitions)
    counter = engine_of(world, Counter(world.names))
    await counter.start()
    with pytest.raises(TopicsDoNotFit, match=said):
        await asyncio.wait_for(counter.failed, 5)
    assert issubclass(TopicsDoNotFit, LaneError)
    await counter.stop()


@pytest.mark.parametrize("topic", ["t.spine", "t.changelog"])
async def test_a_topic_that_was_there_before_is_waited_for(topic: str) -> None:
    world, noted = World(), Noted()
    log, relay = Forgetful(world.cluster), engine_of(world, Relay(world.names))
    source = Refusing(world.cluster, StraightLine(), world.counters)
    counter = engine_of(
        world, Counter(world.names), limits=LOOKS_OFTEN, log=log, source=source, watch=noted
    )
    await relay.start()
    await counter.start()
    await until(lambda: counter.not_ready() == [], "ready")
    log.forgotten, source.why = topic, PermissionError()
    waits = [f"counter is waiting for the broker to know {topic}"]
    await until(lambda: counter.not_ready() == waits, "that it is missed")
    world.produce("anna")
    await asyncio.sleep(60)
    assert not counter.failed.done()
    assert set(noted.troubles) == {"fetch Refused", "start TopicsUnknown"}
    log.forgotten = None
    await until(lambda: world.said() == [1], "what was produced meanwhile")
    await relay.stop()
    await counter.stop()


async def test_partitions_that_were_added_are_refused_where_they_are_dealt() -> None:
    world = World()
    counter = engine_of(world, Counter(world.names), limits=LOOKS_ONCE_A_DAY)
    await counter.start()
    await until(lambda: counter.not_ready() == [], "ready")
    grown(world, world.names.spine)
    world.counters.deal_anew()
    with pytest.raises(TopicsDoNotFit, match=r"may have exactly 2: \{'t\.spine': 3\}"):
        await asyncio.wait_for(counter.failed, HEARD)
    await counter.stop()


@pytest.mark.parametrize("limits", [LOOKS_OFTEN, LOOKS_ONCE_A_DAY], ids=["looked", "dealt"])
async def test_an_input_wider_than_the_positions_of_its_relay_is_named_with_them(
    limits: Limits,
) -> None:
    world = World()
    relay = engine_of(world, Relay(world.names), limits=limits)
    await relay.start()
    await until(lambda: relay.not_ready() == [], "ready")
    grown(world, "t.in1")
    world.relays.deal_anew()
    said = r"t\.positions has 2 partitions, and needs as many as its widest input: \{'t\.in1': 3\}"
    with pytest.raises(PositionsTooNarrow, match=said):
        await asyncio.wait_for(relay.failed, HEARD)
    await relay.stop()


@pytest.mark.parametrize("limits", [LOOKS_OFTEN, LOOKS_ONCE_A_DAY], ids=["looked", "dealt"])
async def test_a_relay_whose_positions_are_given_partitions_before_its_input_goes_on(
    limits: Limits,
) -> None:
    world, noted = World(), Noted()
    relay = engine_of(world, Relay(world.names), limits=limits, watch=noted)
    await relay.start()
    await until(lambda: relay.not_ready() == [], "ready")
    grown(world, world.names.positions)
    await asyncio.sleep(1)
    grown(world, "t.in1")
    world.relays.deal_anew()
    world.cluster.append(TopicPartition("t.in1", 2), 0, [(b"anna", b'{"id": 1}', ())], 1_000)
    await until(lambda: len(world.read(world.names.spine)) == 1, "the record", 3 * HEARD)
    assert not relay.failed.done()
    assert noted.troubles == ([] if limits is LOOKS_OFTEN else ["deal PartitionsAdded"])
    await relay.stop()


async def test_a_changelog_partition_without_a_leader_keeps_nobody_from_the_others() -> None:
    world = World()
    relay, counter = (engine_of(world, made(world.names)) for made in (Relay, Counter))
    world.cluster.leaderless.add(TopicPartition(world.names.changelog, 1))
    await relay.start()
    await counter.start()
    key = next(key for key in ("anna", "bert", "carl") if world.names.place(key.encode()) == 0)
    world.produce(key)
    await until(lambda: world.said() == [1], "what the others are for")
    await relay.stop()
    await counter.stop()
