"""What a log must do for a lane to keep its promise: a case for each behaviour, run on memory and on a real broker.

A case gets a `Rig`: the log, two fresh topics of one partition (`spine`, `changelog`, compacted), and an id of its own.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from worker.lane.log import Log, Message, Writer
from worker.lane.processor import TopicPartition

NOW = 1_700_000_000_000


@dataclass
class Rig:
    """What a case works with."""

    log: Log
    spine: TopicPartition
    changelog: TopicPartition
    name: str
    reader: Callable[[TopicPartition], Any]
    """Makes a source that reads one topic in a group of its own."""


Case = Callable[[Rig], Awaitable[None]]
CASES: dict[str, Case] = {}


def case(test: Case) -> Case:
    CASES[test.__name__] = test
    return test


def records(*names: str) -> list[Message]:
    return [(name.encode(), f"value of {name}".encode(), ()) for name in names]


async def write(writer: Writer, place: TopicPartition, *names: str) -> None:
    await asyncio.gather(*await writer.send(place, records(*names), NOW))


async def committed(writer: Writer, place: TopicPartition, *names: str) -> None:
    await writer.begin()
    await write(writer, place, *names)
    await writer.commit()


async def keys(log: Log, place: TopicPartition) -> list[str]:
    found: list[str] = []
    await log.read_all(place, lambda key, _: found.append(key.decode()))
    return found


async def settled(log: Log, place: TopicPartition, end: int) -> None:
    """Waits until everything before `end` is decided: markers are written after a commit has returned."""
    async with asyncio.timeout(20):
        while (await log.ends([place]))[place] < end:
            await asyncio.sleep(0.01)


@case
async def an_idempotent_writer_is_read_at_once(rig: Rig) -> None:
    writer = await rig.log.open_writer(None)
    await write(writer, rig.spine, "a", "b")
    await writer.close()
    assert await keys(rig.log, rig.spine) == ["a", "b"]
    assert (await rig.log.ends([rig.spine]))[rig.spine] == 2


@case
async def what_is_not_committed_is_not_read_and_hides_what_is_behind(rig: Rig) -> None:
    open_one = await rig.log.open_writer(rig.name)
    plain = await rig.log.open_writer(None)
    await write(plain, rig.spine, "before")
    await open_one.begin()
    await write(open_one, rig.spine, "open")
    await write(plain, rig.spine, "behind")
    assert await keys(rig.log, rig.spine) == ["before"]
    assert (await rig.log.ends([rig.spine]))[rig.spine] == 1
    await open_one.commit()
    await settled(rig.log, rig.spine, 4)
    assert await keys(rig.log, rig.spine) == ["before", "open", "behind"]
    await open_one.close()
    await plain.close()


@case
async def a_commit_takes_an_offset_for_its_marker(rig: Rig) -> None:
    writer = await rig.log.open_writer(rig.name)
    await committed(writer, rig.changelog, "a")
    await settled(rig.log, rig.changelog, 2)
    await committed(writer, rig.changelog, "b")
    await settled(rig.log, rig.changelog, 4)
    assert await keys(rig.log, rig.changelog) == ["a", "b"]
    await writer.close()


@case
async def a_transaction_is_seen_in_all_its_partitions_or_in_none(rig: Rig) -> None:
    writer = await rig.log.open_writer(rig.name)
    await writer.begin()
    await write(writer, rig.changelog, "state")
    await write(writer, rig.spine, "outcome")
    assert await keys(rig.log, rig.changelog) == []
    assert await keys(rig.log, rig.spine) == []
    await writer.commit()
    await settled(rig.log, rig.changelog, 2)
    await settled(rig.log, rig.spine, 2)
    assert await keys(rig.log, rig.changelog) == ["state"]
    assert await keys(rig.log, rig.spine) == ["outcome"]
    await writer.close()


@case
async def opening_an_id_again_ends_its_open_transaction(rig: Rig) -> None:
    dead = await rig.log.open_writer(rig.name)
    await dead.begin()
    await write(dead, rig.changelog, "never")
    await dead.abandon()
    heir = await rig.log.open_writer(rig.name)
    assert (await rig.log.ends([rig.changelog]))[rig.changelog] == 2
    await committed(heir, rig.changelog, "b")
    await settled(rig.log, rig.changelog, 4)
    assert await keys(rig.log, rig.changelog) == ["b"]
    await heir.close()


@case
async def opening_an_id_again_keeps_what_was_committed(rig: Rig) -> None:
    first = await rig.log.open_writer(rig.name)
    await committed(first, rig.changelog, "a")
    heir = await rig.log.open_writer(rig.name)
    assert await keys(rig.log, rig.changelog) == ["a"]
    await first.abandon()
    await heir.close()


@case
async def a_fenced_writer_can_commit_nothing(rig: Rig) -> None:
    zombie = await rig.log.open_writer(rig.name)
    await committed(zombie, rig.changelog, "a")
    heir = await rig.log.open_writer(rig.name)
    with pytest.raises(Exception):  # noqa: B017, PT011 - of whatever type, says engine.md
        await asyncio.wait_for(committed(zombie, rig.changelog, "zombie"), 20)
    await zombie.abandon()
    await committed(heir, rig.changelog, "b")
    await settled(rig.log, rig.changelog, 4)
    assert await keys(rig.log, rig.changelog) == ["a", "b"]
    await heir.close()


@case
async def a_writer_fenced_in_its_transaction_leaves_nothing(rig: Rig) -> None:
    zombie = await rig.log.open_writer(rig.name)
    await zombie.begin()
    await write(zombie, rig.changelog, "zombie")
    heir = await rig.log.open_writer(rig.name)
    with pytest.raises(Exception):  # noqa: B017, PT011 - as above
        await asyncio.wait_for(zombie.commit(), 20)
    await zombie.abandon()
    assert await keys(rig.log, rig.changelog) == []
    await heir.close()


@case
async def two_ids_in_turn_do_not_disturb_each_other(rig: Rig) -> None:
    first, second = [await rig.log.open_writer(rig.name + leg) for leg in "ab"]
    for number in range(6):
        await committed((first, second)[number % 2], rig.changelog, str(number))
    await settled(rig.log, rig.changelog, 12)
    assert await keys(rig.log, rig.changelog) == ["0", "1", "2", "3", "4", "5"]
    await first.close()
    await second.close()


@case
async def a_tombstone_is_read_as_nothing(rig: Rig) -> None:
    writer = await rig.log.open_writer(None)
    await asyncio.gather(*await writer.send(rig.changelog, [(b"a", None, ())], NOW))
    found: list[tuple[bytes, bytes | None]] = []
    assert await rig.log.read_all(rig.changelog, lambda *one: found.append(one)) == 1
    assert found == [(b"a", None)]
    await writer.close()


@case
async def an_empty_partition_is_read_to_its_end(rig: Rig) -> None:
    assert await rig.log.read_all(rig.changelog, lambda *_: None) == 0
    assert (await rig.log.beginnings([rig.spine]))[rig.spine] == 0
    assert (await rig.log.ends([rig.spine]))[rig.spine] == 0
    assert await rig.log.partitions(rig.spine.topic) == 1
    assert await rig.log.partitions("no-such-topic") == 0


class Owner:
    """Takes whatever the group gives."""

    def __init__(self) -> None:
        self.places: set[TopicPartition] = set()

    async def revoked(self) -> None:
        self.places = set()

    async def assigned(self, places: Any) -> None:
        self.places = set(places)


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
    source, owner = rig.reader(rig.spine), Owner()
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
async def a_chunk_without_records_tells_of_a_position_over_a_marker(rig: Rig) -> None:
    writer = await rig.log.open_writer(rig.name)
    await committed(writer, rig.spine, "a")
    await settled(rig.log, rig.spine, 2)
    source = rig.reader(rig.spine)
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
    source = rig.reader(rig.spine)
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
