"""Inputs that are not what was read: a lane refuses to go on, by name, with nothing written."""

from __future__ import annotations

from dataclasses import replace

from tests.stream.damaged import LOOKS_OFTEN, lived, made_anew, refused, unread
from tests.stream.harness import QUICK, Noted, World, engine_of, until
from tests.stream.toys import Counter, Relay
from worker.lane.errors import InputRecreated, InputTruncated
from worker.lane.memory.line import StraightLine
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
