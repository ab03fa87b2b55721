"""Reads a topic up to its end as of now, as a `read_committed` reader sees it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from aiokafka import AIOKafkaConsumer, TopicPartition

from worker.lane.kafka.consumer import kafka_consumer
from worker.lane.processor import Record
from worker.stream.admin import admin, partition_counts
from worker.stream.connection import BrokerTrouble, connection, reaching
from worker.stream.settings import Settings

STUCK_SECONDS = 30.0
"""A read that gets no further for this long is given up."""

RETRY_MS = 10
"""The client waits this long, once for each topic it has not met, for word of where that topic is."""

Isolation = Literal["read_committed", "read_uncommitted"]


class NoSuchTopic(Exception):
    """The cluster has no topic of that name."""


@asynccontextmanager
async def consumer(
    settings: Settings, *, isolation: Isolation = "read_committed", skips_deleted: bool = True
) -> AsyncIterator[AIOKafkaConsumer]:
    """Yields a connected consumer without a group; where what it is to read is deleted, it goes on behind or raises."""
    async with reaching(settings):
        client = kafka_consumer(
            **connection(settings),
            isolation_level=isolation,
            auto_offset_reset="earliest" if skips_deleted else "none",
            retry_backoff_ms=RETRY_MS,
        )
        try:
            await client.start()
            await asyncio.sleep(
                0
            )  # its background task must have begun, or stopping it at once raises
            yield client
        finally:
            await client.stop()


async def read_topic(settings: Settings, topic: str) -> AsyncIterator[Record]:
    """Yields what the topic holds now: one partition after the other, each in the order of its offsets."""
    async with admin(settings) as asked:
        counts = await partition_counts(asked, [topic])
    if topic not in counts:
        raise NoSuchTopic(topic)
    async with consumer(settings) as client:
        for partition in range(counts[topic]):
            async for record in read_partition(client, topic, partition):
                yield record


async def read_partition(
    client: AIOKafkaConsumer, topic: str, partition: int, until: int | None = None
) -> AsyncGenerator[Record, None]:
    """Yields what one partition holds now, in the order of its offsets; up to the offset `until` if one is given."""
    place = TopicPartition(topic, partition)
    client.assign([place])
    end = (await client.end_offsets([place]))[place]
    await client.seek_to_beginning(place)
    async for records in read_span(client, place, end if until is None else min(end, until)):
        for record in records:
            yield record


async def read_since(
    client: AIOKafkaConsumer, topic: str, partition: int, since_ms: int
) -> AsyncGenerator[Record, None]:
    """Yields what one partition holds now from the first record on that was written at `since_ms` (UTC ms) or later."""
    place = TopicPartition(topic, partition)
    client.assign([place])
    first = (await client.offsets_for_times({place: since_ms}))[place]
    if first is None:
        return
    end = (await client.end_offsets([place]))[place]
    client.seek(place, first.offset)
    async for records in read_span(client, place, end):
        for record in records:
            yield record


async def read_span(
    client: AIOKafkaConsumer, place: TopicPartition, end: int
) -> AsyncGenerator[list[Record], None]:
    """Yields what a partition holds from the client's position up to an offset, as it arrives.

    It goes by the position: markers and holes leave no record behind.
    """
    clock = asyncio.get_running_loop().time
    reached, reached_at = -1, clock()
    while (position := await client.position(place)) < end:
        if position > reached:
            reached, reached_at = position, clock()
        elif clock() - reached_at > STUCK_SECONDS:
            raise BrokerTrouble(
                f"{place.topic}/{place.partition}: no further than offset {position} of {end}"
                f" for {STUCK_SECONDS:.0f} s"
            )
        for records in (await client.getmany(place, timeout_ms=500)).values():
            yield [record for record in records if record.offset < end]
