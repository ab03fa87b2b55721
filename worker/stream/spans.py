"""Reads spans of partitions, several topics at a time, and knows ends before which nothing is hidden."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import OffsetOutOfRangeError

from worker.lane.processor import Record
from worker.lane.processor import TopicPartition as Place
from worker.stream.admin import admin, partition_counts
from worker.stream.connection import BrokerTrouble, reaching
from worker.stream.reader import Isolation, consumer, read_span
from worker.stream.settings import Settings

LOOK_SECONDS = 0.05
HIDDEN_SECONDS = 90.0
"""How long an open transaction may hide what is behind it: a dead worker's is ended by the broker after some 30 s."""


class SpanDeleted(Exception):
    """Retention has deleted something of a span after it was there, and before it was read."""


class Spans:
    """A cluster, as a `read_committed` reader sees it; a consumer for each topic, without a group."""

    def __init__(
        self, settings: Settings, stack: AsyncExitStack, asked: AIOKafkaAdminClient
    ) -> None:
        self.on_read: Callable[[int], None] = lambda _offsets: None
        """Hears of how many offsets were read, now and then."""
        self._settings = settings
        self._stack = stack
        self._admin = asked
        self._clients: dict[str, AIOKafkaConsumer] = {}

    async def partitions(self, topics: Collection[str]) -> Mapping[str, int]:
        """Returns the number of partitions of each topic that exists."""
        return await partition_counts(self._admin, topics)

    async def beginnings(self, places: Collection[Place]) -> Mapping[Place, int]:
        """Returns the first offset that each partition still holds."""
        client = await self._client("")
        return _by_place(await client.beginning_offsets(_asked(places)))

    async def ends(self, places: Collection[Place]) -> Mapping[Place, int]:
        """Returns an end of each partition before which nothing written by now is hidden by an open transaction."""
        clock = asyncio.get_running_loop().time
        everything = await self._client("", hidden=True)
        written = await everything.end_offsets(_asked(places))
        given_up = clock() + HIDDEN_SECONDS
        while True:
            ends = await (await self._client("")).end_offsets(_asked(places))
            hidden = [place for place, end in ends.items() if end < written[place]]
            if not hidden:
                return _by_place(ends)
            if clock() > given_up:
                raise BrokerTrouble(
                    f"{hidden[0].topic}/{hidden[0].partition}: an open transaction hides what is behind offset"
                    f" {ends[hidden[0]]} for {HIDDEN_SECONDS:.0f} s"
                )
            await asyncio.sleep(LOOK_SECONDS)

    async def stable_ends(self, places: Collection[Place]) -> Mapping[Place, int]:
        """Returns the end of each partition as it is now: a producer's open transaction may hide what is behind it."""
        return _by_place(await (await self._client("")).end_offsets(_asked(places)))

    async def offsets_at(self, places: Collection[Place], time_ms: int) -> Mapping[Place, int]:
        """Returns for each partition the first offset of that time (UTC ms) or later, its end where there is none."""
        client = await self._client("")
        found = await client.offsets_for_times(dict.fromkeys(_asked(places), time_ms))
        ends = await client.end_offsets(_asked(places))
        at = {place: ends[place] if one is None else one.offset for place, one in found.items()}
        return _by_place(at)

    async def read(self, place: Place, start: int, end: int) -> AsyncGenerator[list[Record], None]:
        """Yields what lies between two offsets, in order; one partition of a topic at a time. Raises `SpanDeleted`."""
        if start >= end:
            return
        client, partition = await self._client(place.topic), TopicPartition(*place)
        client.assign([partition])
        client.seek(partition, start)
        at = start
        try:
            async for records in read_span(client, partition, end):
                yield records
                if records:
                    self.on_read(records[-1].offset + 1 - at)
                    at = records[-1].offset + 1
        except OffsetOutOfRangeError:
            raise SpanDeleted(
                f"{place.topic}/{place.partition} was deleted from offset {at} on while it was read: verify again"
            ) from None
        finally:
            client.unsubscribe()

    async def _client(self, topic: str, *, hidden: bool = False) -> AIOKafkaConsumer:
        """Returns the consumer of a topic; that of no topic answers questions, and with `hidden` sees what is open."""
        name = f"{topic} hidden" if hidden else topic
        if name not in self._clients:
            isolation: Isolation = "read_uncommitted" if hidden else "read_committed"
            entered = consumer(self._settings, isolation=isolation, skips_deleted=False)
            self._clients[name] = await self._stack.enter_async_context(entered)
        return self._clients[name]


@asynccontextmanager
async def spans(settings: Settings) -> AsyncIterator[Spans]:
    """Yields a connected Spans; raises BrokerTrouble where there is no connecting."""
    async with admin(settings) as asked, AsyncExitStack() as stack, reaching(settings):
        yield Spans(settings, stack, asked)


def _asked(places: Collection[Place]) -> list[TopicPartition]:
    return [TopicPartition(*place) for place in places]


def _by_place(found: Mapping[TopicPartition, int]) -> dict[Place, int]:
    return {Place(*place): offset for place, offset in found.items()}
