"""What a log must do when a lane reads: chunks that follow on each other, seeks, ends."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from tests.stream.rig import Case, Rig, committed, keys, registered, settled, write
from worker.lane.errors import InstanceFenced, LaneError
from worker.lane.limits import Limits
from worker.lane.log import WentBack
from worker.lane.processor import TopicPartition

CASES: dict[str, Case] = {}
case = registered(CASES)


class Owner:
    """Takes whatever the group gives."""

    def __init__(self) -> None:
        self.places: set[TopicPartition] = set()
        self.deals = 0
        self.given_up: LaneError | None = None

    async def revoked(self) -> None:
        self.places = set()

    async def assigned(self, places: Any) -> None:
        self.places = set(places)
        self.deals += 1

    def give_up(self, error: LaneError) -> None:
        self.given_up = error


async def positions_reached(source: Any, place: TopicPartition, end: int) -> list[Any]:
    chunks: list[Any] = []
    async with asyncio.timeout(30):
        while not chunks or chunks[-1].end < end:
            chunks += await source.poll([place], 100, 50)
    return chunks


@case
async def chunks_follow_on_each_other_over_markers_and_aborted_records(rig: Rig) -> None:
    dead = await rig.log.open_writer(rig.name)
    await committed(dead, rig.spine, "a")
    await dead.begin()
    await write(dead, rig.spine, "aborted")
    heir = await rig.log.open_writer(rig.name)
    await dead.abandon()
    await committed(heir, rig.spine, "b")
    await settled(rig.log, rig.spine, 6)
    source, owner = rig.reader(rig.spine, "", ""), Owner()
    await source.start(owner)
    assert owner.places == {rig.spine}
    source.seek({rig.spine: 0})
    chunks = await positions_reached(source, rig.spine, 6)
    assert [record.key for chunk in chunks for record in chunk.records] == [b"a", b"b"]
    assert chunks[0].start == 0
    assert all(one.end == two.start for one, two in itertools.pairwise(chunks))
    assert source.known_end(rig.spine) == 6
    await source.stop()
    await heir.close()


@case
async def a_batch_of_many_records_comes_in_parts_and_whole(rig: Rig) -> None:
    writer = await rig.log.open_writer(rig.name)
    names = [str(number) for number in range(1234)]
    await committed(writer, rig.spine, *names)
    await settled(rig.log, rig.spine, 1235)
    assert await keys(rig.log, rig.spine) == names
    source = rig.reader(rig.spine, "", "")
    await source.start(Owner())
    source.seek({rig.spine: 7})
    chunks = await positions_reached(source, rig.spine, 1235)
    read = [(record.offset, record.key) for chunk in chunks for record in chunk.records]
    assert read == [(number, b"%d" % number) for number in range(7, 1234)]
    assert all(one.end == two.start for one, two in itertools.pairwise(chunks))
    await source.stop()
    await writer.close()


@case
async def a_chunk_without_records_tells_of_a_position_over_a_marker(rig: Rig) -> None:
    writer = await rig.log.open_writer(rig.name)
    await committed(writer, rig.spine, "a")
    await settled(rig.log, rig.spine, 2)
    source = rig.reader(rig.spine, "", "")
    await source.start(Owner())
    source.seek({rig.spine: 1})
    chunks = await positions_reached(source, rig.spine, 2)
    assert [(chunk.start, list(chunk.records), chunk.end) for chunk in chunks] == [(1, [], 2)]
    await source.stop()
    await writer.close()


@case
async def a_seek_back_delivers_again(rig: Rig) -> None:
    writer = await rig.log.open_writer(None)
    await write(writer, rig.spine, "a", "b", "c")
    source = rig.reader(rig.spine, "", "")
    await source.start(Owner())
    source.seek({rig.spine: 0})
    await positions_reached(source, rig.spine, 3)
    source.seek({rig.spine: 1})
    chunks = await positions_reached(source, rig.spine, 3)
    assert chunks[0].start == 1
    assert [record.key for chunk in chunks for record in chunk.records] == [b"b", b"c"]
    await source.commit({rig.spine: 3})
    await source.stop()
    await writer.close()


@case
async def a_follower_tells_at_once_what_there_is_and_waits_where_there_is_nothing(rig: Rig) -> None:
    clock, patience = asyncio.get_running_loop().time, 60_000
    writer = await rig.log.open_writer(f"{rig.name}-f")
    await committed(writer, rig.spine, "a", "b")
    await settled(rig.log, rig.spine, 3)
    follower, found = rig.follower(rig.spine), list[bytes]()
    await follower.start()
    began = clock()
    while len(found) < 2:
        found += [one.key for one in await follower.poll(patience)]
    await committed(writer, rig.spine, "c")
    while len(found) < 3:
        found += [one.key for one in await follower.poll(patience)]
    assert clock() - began < patience / 1000 / 2
    assert found == [b"a", b"b", b"c"]
    began = clock()
    assert list(await follower.poll(200)) == []
    assert clock() - began > 0.1
    await follower.stop()
    await writer.close()


@case
async def members_of_a_group_tell_their_policies(rig: Rig) -> None:
    members = [rig.reader(rig.spine, policy, "") for policy in ("", "0123456789abcdef")]
    assert await members[0].policies() in (None, [])
    await asyncio.gather(*(one.start(Owner()) for one in members))
    async with asyncio.timeout(30):
        while sorted(await members[1].policies() or []) != ["", "0123456789abcdef"]:
            await asyncio.sleep(0.05)
    for one in members:
        await one.stop()


async def together(source: Any, count: int) -> None:
    """Waits until a group has so many members, and has dealt to them."""
    async with asyncio.timeout(30):
        while len(await source.policies() or []) != count:
            await asyncio.sleep(0.05)


@case
async def who_comes_back_under_its_name_has_what_it_had_and_nobody_else_is_dealt_to(
    rig: Rig,
) -> None:
    named, other = rig.reader(rig.spine, "", "named"), rig.reader(rig.spine, "", "")
    before, beside, after = Owner(), Owner(), Owner()
    await named.start(before)
    await other.start(beside)
    await together(other, 2)
    had, deals = before.places, beside.deals
    await named.stop()
    named = rig.reader(rig.spine, "0123456789abcdef", "named")
    await named.start(after)
    assert after.places == had
    assert sorted(await other.policies() or []) == ["", "0123456789abcdef"]
    assert beside.deals == deals
    await named.stop()
    await other.stop()


@case
async def what_was_deleted_unread_is_told_to_who_reads_all_and_passed_over_for_others(
    rig: Rig,
) -> None:
    writer = await rig.log.open_writer(None)
    await write(writer, rig.spine, "a", "b", "c")
    await rig.delete_before(rig.spine, 2)
    everything, some = rig.reader_of_all(rig.spine), rig.reader(rig.spine, "", "")
    for source in (everything, some):
        await source.start(Owner())
        source.seek({rig.spine: 0})
    with pytest.raises(WentBack) as caught:
        await positions_reached(everything, rig.spine, 3)
    assert caught.value.places == {rig.spine}
    (chunk,) = await positions_reached(some, rig.spine, 3)
    assert (chunk.start, [record.key for record in chunk.records], chunk.end) == (0, [b"c"], 3)
    everything.seek({rig.spine: 2})
    (chunk,) = await positions_reached(everything, rig.spine, 3)
    assert [record.key for record in chunk.records] == [b"c"]
    await everything.stop()
    await some.stop()
    await writer.close()


@case
async def of_two_under_one_name_each_takes_it_back_once_and_the_first_gives_up(rig: Rig) -> None:
    first, second = (rig.reader(rig.spine, "", "named") for _ in range(2))
    old, new = Owner(), Owner()
    await first.start(old)
    await second.start(new)
    assert new.places == {rig.spine}
    async with asyncio.timeout(30):
        while old.given_up is None:
            await asyncio.sleep(0.05)
    assert isinstance(old.given_up, InstanceFenced)
    assert (old.deals, new.deals) == (2, 2)
    await asyncio.sleep(2 * Limits().heartbeat_seconds)
    assert new.places == {rig.spine}
    assert (old.deals, new.deals, new.given_up) == (2, 2, None)
    await first.stop()
    await second.stop()
