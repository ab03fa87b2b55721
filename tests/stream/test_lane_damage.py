"""What a lane refuses to go on with, because going on would do damage: each by name, with nothing written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.stream.damaged import LOOKS_OFTEN, lived, made_anew, refused
from tests.stream.harness import Noted, Process, World, engine_of, until, verdict
from tests.stream.toys import Count, Counter, Relay
from worker.lane.birth import BIRTH_KEY, Birth, birth_of, birth_record
from worker.lane.errors import (
    ChangelogDamaged,
    ChangelogLost,
    TopicsDoNotFit,
    WrittenByNewer,
)
from worker.lane.memory.group import Group
from worker.lane.memory.log import MemoryLog
from worker.lane.memory.partition import Partition
from worker.lane.positions import POSITION_KEY
from worker.lane.processor import LANE_OWN, Record, TopicPartition


async def test_a_changelog_begins_with_what_it_was_made_for() -> None:
    world = await lived()
    for number in range(2):
        first = world.cluster.partitions[TopicPartition(world.names.changelog, number)].entries[0]
        assert first.record is not None
        assert first.record.key == BIRTH_KEY
        assert birth_of(first.record.value or b"") == Birth(partitions=2, format=1)


async def test_a_changelog_is_born_once() -> None:
    world = await lived()
    again = Process(world)
    await again.start()
    await until(again.ready, "ready")
    await again.stop()
    births = [one for one in world.read(world.names.changelog) if one.key == BIRTH_KEY]
    assert len(births) == 2
    assert verdict(world) == []


async def test_a_changelog_made_anew_is_refused_and_left_alone() -> None:
    world = await lived()
    made_anew(world, world.names.changelog)
    said = len(world.said())
    counter = engine_of(world, Counter(world.names))
    await counter.start()
    await refused(counter, ChangelogLost, "is empty though t.out holds what was written with it")
    assert world.read(world.names.changelog) == []
    assert len(world.said()) == said


class Frozen(MemoryLog):
    """Stands still for a while when it is to be looked whether a changelog was there before."""

    async def find(self, place: TopicPartition, wanted: Callable[[Record], bool]) -> Record | None:
        await asyncio.sleep(3)
        return await super().find(place, wanted)


async def test_a_changelog_begun_by_a_successor_is_not_taken_for_one_made_anew() -> None:
    world, noted = World(partitions=1), Noted()
    frozen = engine_of(world, Counter(world.names), log=Frozen(world.cluster), watch=noted)
    relay = engine_of(world, Relay(world.names))
    others = MemoryLog(world.cluster).source(Group("others", world.cluster, [world.names.spine]))
    successor = engine_of(world, Counter(world.names), source=others)
    await frozen.start()
    await until(lambda: bool(frozen.lanes), "the first deal")
    await relay.start()
    await successor.start()
    world.produce("anna")
    await until(lambda: world.said() == [1], "what the successor says")
    await until(lambda: frozen.not_ready() == [], "it goes on as who was here before")
    assert noted.failures == ["WriterLost"]
    for engine in (frozen, relay, successor):
        await engine.stop()


async def test_a_changelog_that_more_than_compaction_took_from_is_refused() -> None:
    world = await lived()
    for number in range(2):
        place = TopicPartition(world.names.changelog, number)
        world.cluster.delete_before(place, world.cluster.partitions[place].end)
    counter = engine_of(world, Counter(world.names))
    await counter.start()
    await refused(counter, ChangelogLost, "only compaction may take from it")


async def test_a_changelog_made_anew_under_a_running_lane_stops_it_before_it_commits() -> None:
    world = World(partitions=1)
    process = Process(world)
    await process.start()
    for number in range(20):
        world.produce(f"lead {number}")
    await until(lambda: len(world.said()) == 20, "everything")
    made_anew(world, world.names.changelog)
    world.produce("lead 0")
    with pytest.raises(ChangelogLost, match=r"went back from \d+ to 0: it was made anew"):
        await asyncio.wait_for(process.engines[1].failed, 5)
    assert len(world.said()) == 20
    await process.stop()


async def test_a_changelog_made_anew_under_a_lane_that_has_committed_nothing_yet_stops_it() -> None:
    world = await lived()
    process = Process(world)
    await process.start()
    await until(process.ready, "ready")
    made_anew(world, world.names.changelog)
    world.produce("lead 0")
    with pytest.raises(ChangelogLost, match=r"went back from \d+ to 0: it was made anew"):
        await asyncio.wait_for(process.engines[1].failed, 5)
    await process.stop()
    assert world.read(world.names.changelog) == []
    assert len(world.said()) == 20


async def test_a_changelog_from_before_births_is_taken_over() -> None:
    world = await lived()
    for partition in world.cluster.partitions.values():
        partition.entries = [
            one for one in partition.entries if one.record is None or one.record.key != BIRTH_KEY
        ]
    process = Process(world)
    await process.start()
    await until(process.ready, "ready")
    await process.stop()
    assert sum(one.key == BIRTH_KEY for one in world.read(world.names.changelog)) == 2


async def test_a_newer_version_s_changelog_is_refused() -> None:
    world = await lived()
    for number in range(2):
        key, value = birth_record(Birth(partitions=2, format=2))
        place = TopicPartition(world.names.changelog, number)
        world.cluster.append(place, 0, [(key, value, ())], 0)
    counter = engine_of(world, Counter(world.names))
    await counter.start()
    await refused(counter, WrittenByNewer, "records of format 2, this worker reads up to 1")


class Damaged(Counter):
    """Finds that nobody can have written what its changelog holds."""

    def decode(self, value: bytes) -> Count:
        raise ChangelogDamaged(f"a record of {len(value)} bytes")


async def test_a_damaged_record_stops_the_lane_by_name_before_it_commits() -> None:
    world = await lived()
    kept = world.read(world.names.changelog)
    counter, relay = engine_of(world, Damaged(world.names)), engine_of(world, Relay(world.names))
    await counter.start()
    await relay.start()
    world.produce("lead 0")
    await refused(counter, ChangelogDamaged, r"a record of \d+ bytes, met at t\.spine/")
    await relay.stop()
    assert world.read(world.names.changelog) == kept


@pytest.mark.parametrize("value", [b"", b"\xff", b"[]", b'{"in":"a"}'])
@pytest.mark.parametrize("key", [POSITION_KEY, BIRTH_KEY, LANE_OWN + b"origin/t.in1/0"])
async def test_a_damaged_record_of_the_lanes_own_stops_it_by_name(key: bytes, value: bytes) -> None:
    world = await lived()
    world.cluster.append(TopicPartition("t.changelog", 0), 0, [(key, value, ())], 0)
    kept = world.read(world.names.changelog)
    counter = engine_of(world, Counter(world.names))
    await counter.start()
    await refused(counter, ChangelogDamaged, "is none that a lane writes")
    assert world.read(world.names.changelog) == kept


async def test_partitions_added_to_every_topic_while_nothing_ran_are_refused() -> None:
    world = await lived()
    for topic in world.names.all():
        for number in range(2, 4):
            place = TopicPartition(topic, number)
            world.cluster.partitions[place] = Partition(place)
    counter = engine_of(world, Counter(world.names))
    await counter.start()
    await refused(counter, TopicsDoNotFit, "t.changelog was made for 2 partitions and now has 4")


@pytest.mark.parametrize("topic", ["t.spine", "t.changelog"])
async def test_partitions_added_to_a_topic_while_it_runs_are_refused(topic: str) -> None:
    world = World()
    counter = engine_of(world, Counter(world.names), limits=LOOKS_OFTEN)
    await counter.start()
    await until(lambda: counter.not_ready() == [], "ready")
    place = TopicPartition(topic, 2)
    world.cluster.partitions[place] = Partition(place)
    await refused(counter, TopicsDoNotFit, "t.changelog")


@pytest.mark.parametrize("to", [0, 3, 1_000_000])
async def test_group_offsets_set_to_anything_change_nothing(to: int) -> None:
    world = await lived()
    for offsets in world.cluster.group_offsets.values():
        offsets.update(dict.fromkeys(offsets, to))
    process = Process(world)
    await process.start()
    world.produce("anna")
    await until(lambda: len(world.said()) == 21, "the newcomer, once")
    await process.stop()
    assert verdict(world) == []
