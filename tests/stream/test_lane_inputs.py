"""Inputs that are not what was read: a lane refuses to go on, by name, with nothing written."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Mapping
from dataclasses import replace

import pytest

from tests.stream.damaged import LOOKS_OFTEN, lived, made_anew, refused, unread
from tests.stream.harness import QUICK, Noted, World, engine_of, until
from tests.stream.toys import Counter, Relay
from worker.lane.errors import InputRecreated, InputTruncated
from worker.lane.memory.line import StraightLine
from worker.lane.memory.log import MemoryLog
from worker.lane.memory.source import MemorySource
from worker.lane.positions import POSITION_KEY
from worker.lane.processor import TopicPartition


async def test_an_input_made_anew_while_it_runs_is_refused() -> None:
    world = await lived()
    counter = engine_of(world, Counter(world.names), limits=LOOKS_OFTEN)
    await counter.start()
    await until(lambda: counter.not_ready() == [], "ready")
    made_anew(world, world.names.spine)
    await refused(counter, InputRecreated, "ends at 0 and was read up to")


async def test_what_was_deleted_of_the_spine_before_it_was_read_is_not_passed_over() -> None:
    world = await lived()
    place, kept = unread(world), world.read(world.names.changelog)
    counter = engine_of(world, Counter(world.names))
    await counter.start()
    where = rf"{place.topic} partition 1 was read up to \d+ and begins at \d+"
    await refused(counter, InputTruncated, where)
    assert world.read(world.names.changelog) == kept
    assert len(world.said()) == 20


async def test_what_is_deleted_while_it_runs_stops_it_before_it_reads_on() -> None:
    world = await lived()
    source = MemorySource(world.cluster, StraightLine(), world.counters, reads_all=True)
    counter = engine_of(world, Counter(world.names), source=source)
    await counter.start()
    await until(lambda: counter.not_ready() == [], "ready")
    unread(world)
    await refused(counter, InputTruncated, "what was between is deleted")
    assert len(world.said()) == 20


class AsksInVain(MemoryLog):
    """Gets no answer the first time that it asks where inputs begin."""

    answers = True

    async def beginnings(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        if not self.answers:
            self.answers = True
            raise TimeoutError
        return await super().beginnings(places)


@pytest.mark.parametrize("left", [0, 1])
@pytest.mark.parametrize("answers", [True, False])
async def test_what_was_deleted_unread_of_a_relay_s_input_is_told(
    left: int, *, answers: bool
) -> None:
    world, noted = World(partitions=1), Noted()
    log = AsksInVain(world.cluster)
    relay = engine_of(world, Relay(world.names), watch=noted, limits=LOOKS_OFTEN, log=log)
    await relay.start()
    await until(lambda: relay.not_ready() == [], "ready")
    place, log.answers = TopicPartition("t.in1", 0), answers
    for number in range(10):
        world.cluster.append(place, 0, [(b"anna", b'{"id": %d}' % number, ())], 1_000)
    world.cluster.delete_before(place, 10 - left)
    await until(lambda: noted.truncated > 0, "that it is told")
    await asyncio.sleep(1)
    assert noted.truncated == 10 - left
    assert noted.troubles == ([] if answers else ["guard TimeoutError"])
    await relay.stop()


async def test_what_was_aborted_is_not_told_as_deleted() -> None:
    world, noted = World(partitions=1), Noted()
    relay = engine_of(world, Relay(world.names), watch=noted, limits=LOOKS_OFTEN)
    await relay.start()
    place = TopicPartition("t.in1", 0)
    partition = world.cluster.partitions[place]
    partition.open[7] = 0
    partition.append(7, [(b"anna", b'{"id": 1}', ())], 1_000)
    partition.mark(7, commit=False)
    await until(lambda: (0, {"t.in1": 2, "t.in2": 0}) in world.stood(), "that it is passed")
    await asyncio.sleep(1)
    assert noted.truncated == 0
    await relay.stop()


async def test_who_accepts_the_loss_goes_on_behind_it() -> None:
    world, noted = await lived(), Noted()
    unread(world)
    limits = replace(QUICK, losses_accepted=True)
    counter = engine_of(world, Counter(world.names), watch=noted, limits=limits)
    await counter.start()
    await until(lambda: world.said()[20:] == [3], "what was left")
    assert noted.truncated == 3
    await counter.stop()


async def test_an_input_that_was_gone_and_comes_back_anew_is_refused_before_it_is_dealt() -> None:
    world = World(partitions=1)
    place = TopicPartition(world.names.positions, 0)
    world.cluster.append(place, 0, [(POSITION_KEY, b'{"t.in1":0,"t.in2":0,"t.in3":7}', ())], 0)
    relay = engine_of(world, Relay(world.names), limits=LOOKS_OFTEN)
    await relay.start()
    await until(lambda: relay.not_ready() == [], "ready")
    world.cluster.create("t.in3", 1)
    await refused(relay, InputRecreated, r"t\.in3 partition 0 ends at 0 and was read up to 7")


async def test_an_input_without_a_leader_keeps_a_lane_from_none_of_the_others() -> None:
    world = World(partitions=1)
    there, gone = (TopicPartition(topic, 0) for topic in world.names.inputs)
    world.cluster.leaderless.add(gone)
    relay = engine_of(world, Relay(world.names), limits=LOOKS_OFTEN)
    await relay.start()
    world.cluster.append(there, 0, [(b"anna", b'{"id":1}', ())], world.now_ms)
    await until(lambda: len(world.read(world.names.spine)) == 1, "what the other holds")
    made_anew(world, there.topic)
    await refused(relay, InputRecreated, f"{there.topic} partition 0 ends at 0")


def filled_anew(world: World, topic: str) -> None:
    """Makes a topic anew under its name, with more in it than was read of the one before."""
    made_anew(world, topic)
    world.cluster.ids[topic] += " again"
    for number in range(40):
        body = json.dumps({"id": f"new {number}"}).encode()
        for partition in range(2):
            place = TopicPartition(topic, partition)
            world.cluster.append(place, 0, [(b"anna", body, ())], world.now_ms)


@pytest.mark.parametrize("processor", [Relay, Counter])
async def test_an_input_made_anew_and_filled_is_not_taken_for_the_one_that_was_read(
    processor: type[Relay | Counter],
) -> None:
    world = await lived()
    made = processor(world.names)
    kept = {topic: world.read(topic) for topic in (made.changelog, world.names.out)}
    filled_anew(world, made.inputs[0])
    engine = engine_of(world, made)
    await engine.start()
    await refused(engine, InputRecreated, f"made anew since they were read: {made.inputs[0]}")
    assert {topic: world.read(topic) for topic in kept} == kept


async def test_an_input_made_anew_and_filled_while_it_runs_is_noticed() -> None:
    world = await lived()
    relay = engine_of(world, Relay(world.names), limits=LOOKS_OFTEN)
    await relay.start()
    await until(lambda: relay.not_ready() == [], "ready")
    filled_anew(world, world.names.inputs[0])
    await refused(relay, InputRecreated, f"made anew since they were read: {world.names.inputs[0]}")


async def test_who_accepts_the_loss_goes_on_where_it_was_and_knows_the_new_one() -> None:
    world = await lived()
    filled_anew(world, world.names.inputs[0])
    for limits in (replace(QUICK, losses_accepted=True), QUICK):
        relay = engine_of(world, Relay(world.names), limits=limits)
        await relay.start()
        await until(lambda relay=relay: relay.not_ready() == [], "ready")  # type: ignore[misc]
        await relay.stop()


async def test_what_a_broker_too_old_does_not_tell_is_not_compared() -> None:
    world = await lived()
    world.cluster.ids.clear()
    relay = engine_of(world, Relay(world.names), limits=LOOKS_OFTEN)
    await relay.start()
    world.produce("anna")
    await until(lambda: len(world.read(world.names.spine)) == 21, "that it works")
    await relay.stop()
