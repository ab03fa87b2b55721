"""What a log must do when a lane writes: transactions, fences, markers."""

from __future__ import annotations

import asyncio

import pytest

from tests.stream.rig import NOW, Case, Rig, committed, keys, records, registered, settled, write
from worker.lane import failpoints
from worker.lane.processor import Record

CASES: dict[str, Case] = {}
case = registered(CASES)


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
    found: list[Record] = []
    assert (await rig.log.read_all(rig.changelog, found.extend)).records == 1
    assert [(one.key, one.value) for one in found] == [(b"a", None)]
    await writer.close()


@case
async def compaction_leaves_the_last_record_of_each_key_where_it_was(rig: Rig) -> None:
    writer = await rig.log.open_writer(rig.name)
    for number, name in enumerate(("a", "b", "a"), 1):
        await committed(writer, rig.changelog, name)
        await settled(rig.log, rig.changelog, 2 * number)
    await rig.compact()
    found: list[Record] = []
    await rig.log.read_all(rig.changelog, found.extend)
    assert [(one.key, one.offset) for one in found[:2]] == [(b"b", 2), (b"a", 4)]
    assert (await rig.log.beginnings([rig.changelog]))[rig.changelog] == 0
    await writer.close()


@case
async def a_place_to_die_lies_between_the_parts_of_a_changelog_and_not_behind_the_last(
    rig: Rig,
) -> None:
    writer = await rig.log.open_writer(None)
    for _ in range(12):  # as many as come at once from memory, and more bytes than from Kafka
        await asyncio.gather(*await writer.send(rig.changelog, [(b"a", bytes(300_000), ())], NOW))
    passed: list[str] = []
    parts: list[int] = []
    failpoints.listen(passed.append)
    try:
        await rig.log.read_all(rig.changelog, lambda read: parts.append(len(read)))
    finally:
        failpoints.listen(None)
    assert len(parts) > 1
    assert passed.count("recovering") == len(parts) - 1
    await writer.close()


@case
async def an_empty_partition_is_read_to_its_end(rig: Rig) -> None:
    assert (await rig.log.read_all(rig.changelog, lambda _: None)).records == 0
    assert (await rig.log.beginnings([rig.spine]))[rig.spine] == 0
    assert (await rig.log.ends([rig.spine]))[rig.spine] == 0
    counts = await rig.log.partitions([rig.spine.topic, "no-such-topic"])
    assert counts == {rig.spine.topic: 1, "no-such-topic": 0}


@case
async def an_acknowledgement_names_the_offset_of_the_first(rig: Rig) -> None:
    writer = await rig.log.open_writer(rig.name)
    await writer.begin()
    (first,) = await asyncio.gather(*await writer.send(rig.changelog, records("a", "b"), NOW))
    (second,) = await asyncio.gather(*await writer.send(rig.changelog, records("c"), NOW))
    await writer.commit()
    assert (first.offset, second.offset) == (0, 2)
    await writer.close()


@case
async def what_is_looked_for_is_found_if_it_is_committed(rig: Rig) -> None:
    plain, open_one = await rig.log.open_writer(None), await rig.log.open_writer(rig.name)
    await write(plain, rig.spine, "a", "b", "b")
    await open_one.begin()
    await write(open_one, rig.spine, "c")
    found = await rig.log.find(rig.spine, lambda record: record.key == b"b")
    assert found is not None
    assert (found.offset, found.value) == (1, b"value of b")
    assert await rig.log.find(rig.spine, lambda record: record.key == b"c") is None
    await open_one.abandon()
    await plain.close()
