"""The log in memory keeps the promises that a lane relies on."""

from __future__ import annotations

import asyncio

import pytest

from tests.stream.conformance import CASES
from tests.stream.rig import Rig
from worker.lane.memory.cluster import Cluster
from worker.lane.memory.group import Group
from worker.lane.memory.log import MemoryLog
from worker.lane.memory.source import MemorySource
from worker.lane.processor import TopicPartition


@pytest.mark.parametrize("name", CASES)
async def test_memory(name: str) -> None:
    cluster = Cluster()
    for topic in ("spine", "changelog"):
        cluster.create(topic, 1)
    log, group = MemoryLog(cluster), Group("g", cluster, ["spine"])

    async def delete_before(place: TopicPartition, offset: int) -> None:
        cluster.delete_before(place, offset)

    async def compact() -> None:
        cluster.compact(TopicPartition("changelog", 0))

    rig = Rig(
        log=log,
        spine=TopicPartition("spine", 0),
        changelog=TopicPartition("changelog", 0),
        name="id",
        reader=lambda _place, policy, name: log.source(group, policy, name),
        reader_of_all=lambda _place: MemorySource(
            cluster, log.line, Group("all", cluster, ["spine"]), reads_all=True
        ),
        follower=lambda place: log.follower([place.topic]),
        delete_before=delete_before,
        compact=compact,
    )
    await CASES[name](rig)


async def test_compaction_keeps_offsets_and_the_last_record_of_each_key() -> None:
    cluster = Cluster()
    cluster.create("changelog", 1)
    log, place = MemoryLog(cluster), TopicPartition("changelog", 0)
    for key in (b"a", b"b", b"a"):
        cluster.append(place, 0, [(key, b"x", ())], 0)
    cluster.compact(place)
    records, end = cluster.partitions[place].read(0, 10)
    assert [(record.key, record.offset) for record in records] == [(b"b", 1), (b"a", 2)]
    assert end == 3
    assert (await log.ends([place]))[place] == 3


async def test_an_expired_transaction_is_aborted_and_its_writer_fenced() -> None:
    cluster = Cluster()
    cluster.create("changelog", 1)
    log, place = MemoryLog(cluster), TopicPartition("changelog", 0)
    writer = await log.open_writer("id")
    await asyncio.gather(*await writer.send(place, [(b"a", b"x", ())], 0))
    cluster.expire("id")
    with pytest.raises(Exception, match="Fenced"):
        await writer.commit()
    assert (await log.read_all(place, lambda _: None)).records == 0
