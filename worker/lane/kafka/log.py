"""The log of `log.py` on Kafka, with aiokafka.

Private or merely behavioural points of aiokafka that this file and `source.py` rely upon; a contract test hashes
their source: a producer is abandoned by setting `_closed`, dropping `_sender` (`sending.py`) and closing `client`;
`getmany` does not suspend between draining and returning; a user's `seek` wins over a position being looked up, and
makes fetches of before stale; `position` answers in the same loop step if there is one; `_coordinator.check_errors`
raises, once, what a group has refused a member, which does not join again before that. What `consumer.py`,
`questions.py` and `answers.py` do to the library is said there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import aiokafka

from worker.lane.failpoints import failpoint
from worker.lane.kafka.answers import held_until
from worker.lane.kafka.consumer import Consumer, kafka_consumer
from worker.lane.kafka.follower import KafkaFollower
from worker.lane.kafka.group import Membership
from worker.lane.kafka.questions import amend, kafka_admin
from worker.lane.kafka.rights import allowed, counted
from worker.lane.kafka.source import KafkaSource
from worker.lane.kafka.topic_ids import topic_ids
from worker.lane.kafka.writer import KafkaWriter
from worker.lane.limits import Limits
from worker.lane.log import Take, WholeRead
from worker.lane.processor import Record, TopicPartition

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from aiokafka.admin import AIOKafkaAdminClient

Connection = Mapping[str, Any]
"""Arguments of every client: `bootstrap_servers`, `security_protocol`, `sasl_*`, `ssl_context`."""


class KafkaLog:
    """One process's connection to a cluster."""

    def __init__(self, connection: Connection, limits: Limits) -> None:
        self._connection = connection
        self._limits = limits
        self._request_ms = int(limits.request_seconds * 1000)
        self._asking: Any = None
        self._one_at_a_time = asyncio.Lock()

    async def open_writer(self, transactional_id: str | None) -> KafkaWriter:
        """Opens a producer; with an id this is InitProducerId, the only barrier there is."""
        amend()
        transactional = transactional_id is not None
        producer = aiokafka.AIOKafkaProducer(
            **{"request_timeout_ms": self._request_ms, **self._connection},
            acks="all",
            enable_idempotence=True,
            transactional_id=transactional_id,
            transaction_timeout_ms=int(self._limits.transaction_seconds * 1000),
            max_batch_size=self._limits.max_batch_bytes,
            max_request_size=4 * self._limits.max_batch_bytes,
            retry_backoff_ms=self._limits.retry_backoff_ms,
            linger_ms=0,
        )
        writer = KafkaWriter(
            producer,
            transactional=transactional,
            discard_seconds=self._limits.discard_seconds,
        )
        try:
            with allowed("write"):
                await producer.start()
        except BaseException:
            await writer.abandon()
            raise
        return writer

    async def read_all(self, place: TopicPartition, take: Take) -> WholeRead:
        """Reads until the position is at the end: the last record proves nothing (markers, holes, aborted tails)."""
        count = 0
        async with self._whole(place) as (end, fetches):
            async for fetched in fetches:
                if count:
                    failpoint("recovering")
                take(fetched)
                count += len(fetched)
                await asyncio.sleep(0)
        return WholeRead(count, end)

    async def find(self, place: TopicPartition, wanted: Callable[[Record], bool]) -> Record | None:
        """Reads until the record is found."""
        async with self._whole(place) as (_, fetches):
            async for fetched in fetches:
                for record in fetched:
                    if wanted(record):
                        return record
        return None

    @asynccontextmanager
    async def _whole(
        self, place: TopicPartition
    ) -> AsyncIterator[tuple[int, AsyncIterator[Sequence[Record]]]]:
        """Yields the read_committed end of a partition as of now, and what it holds up to there, fetch by fetch."""
        theirs = aiokafka.TopicPartition(*place)
        async with _started(self._reader(), self._limits) as reader:
            reader.assign([theirs])
            end = (await reader.end_offsets([theirs]))[theirs]
            await reader.seek_to_beginning(theirs)
            async with aclosing(self._fetched(reader, theirs, end)) as fetches:
                yield end, fetches

    async def _fetched(
        self, reader: Consumer, theirs: aiokafka.TopicPartition, end: int
    ) -> AsyncGenerator[Sequence[Record], None]:
        time, at, moved = asyncio.get_running_loop().time, -1, 0.0
        while (position := await reader.position(theirs)) < end:
            if position > at:
                at, moved = position, time()
            since = max(moved, held_until(reader._client))  # noqa: SLF001 - as above
            if time() - since > self._limits.recovery_stall_seconds:
                raise TimeoutError(f"recovery of {theirs.topic} stands at {position} of {end}")
            fetched = await reader.getmany(theirs, timeout_ms=self._limits.fetch_wait_ms)
            if found := fetched.get(theirs):
                yield found

    async def beginnings(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Returns the first offset that each partition still holds."""
        return await self._answer("beginning_offsets", places)

    async def ends(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Returns the last stable offset of each partition."""
        return await self._answer("end_offsets", places)

    async def partitions(self, topics: Collection[str]) -> Mapping[str, int]:
        """Returns the number of partitions of each topic, 0 if there is no such topic."""
        return counted(await self._described(topics))

    async def ids(self, topics: Collection[str]) -> Mapping[str, str]:
        """Returns the id of each topic."""
        async with self._admin() as client:
            return await topic_ids(client, topics)

    async def leaderless(self, topics: Collection[str]) -> Collection[TopicPartition]:
        """Returns the partitions of topics that have no leader."""
        return {
            TopicPartition(one["topic"], partition["partition"])
            for one in await self._described(topics)
            for partition in one["partitions"]
            if partition["leader"] < 0
        }

    async def _described(self, topics: Collection[str]) -> Sequence[Any]:
        async with self._admin() as client:
            return await client.describe_topics(list(topics))  # type: ignore[no-any-return] # untyped library

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        client = kafka_admin(**{"request_timeout_ms": self._request_ms, **self._connection})
        try:
            await client.start()
            yield client
        finally:
            await client.close()

    async def close(self) -> None:
        """Ends the client that asks for offsets."""
        asking, self._asking = self._asking, None
        if asking is not None:
            await _stopped(asking, self._limits)

    async def _answer(
        self, question: str, places: Collection[TopicPartition]
    ) -> Mapping[TopicPartition, int]:
        """Asks the brokers for offsets, with a client that is kept until it fails."""
        theirs = [aiokafka.TopicPartition(*place) for place in places]
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(self._limits.open_seconds):
                    if self._asking is None:
                        self._asking = self._reader()
                        await self._asking.start()
                    with allowed("describe"):
                        found = await getattr(self._asking, question)(theirs)
            except BaseException:
                await self.close()
                raise
        return {place: found[place] for place in places}

    def source(
        self,
        group: str,
        topics: Sequence[str],
        instance: str | None = None,
        policy: str = "",
        *,
        reads_all: bool = False,
    ) -> KafkaSource:
        """Returns a member of a group, with static membership if it has an instance name."""
        membership = Membership(group, instance, policy, reads_all)
        return KafkaSource(self._connection, self._limits, topics, membership)

    def follower(self, topics: Sequence[str]) -> KafkaFollower:
        """Returns a reader of whole topics."""
        return KafkaFollower(self._connection, self._limits, topics)

    def _reader(self) -> Any:  # noqa: ANN401 - untyped library
        return kafka_consumer(
            **{"request_timeout_ms": self._request_ms, **self._connection},
            fetch_max_wait_ms=self._limits.fetch_wait_ms,
            max_partition_fetch_bytes=self._limits.recovery_fetch_bytes,
            retry_backoff_ms=self._limits.retry_backoff_ms,
        )


@asynccontextmanager
async def _started(consumer: Any, limits: Limits) -> AsyncIterator[Any]:  # noqa: ANN401 - untyped library
    try:
        with allowed("read"):
            async with asyncio.timeout(limits.open_seconds):
                await consumer.start()
            yield consumer
    finally:
        await _stopped(consumer, limits)


async def _stopped(consumer: Any, limits: Limits) -> None:  # noqa: ANN401 - as above
    """Ends a client: what it was asked has been answered, or another error says more."""
    with suppress(TimeoutError):
        async with asyncio.timeout(limits.discard_seconds):
            await consumer.stop()
