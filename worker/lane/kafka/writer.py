"""A producer of Kafka, with aiokafka (see `log.py` here for the points relied upon)."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Sequence
from typing import Any

import aiokafka

from worker.lane.kafka.answers import held_until
from worker.lane.kafka.rights import allowed
from worker.lane.limits import Limits
from worker.lane.log import Acknowledged, Message
from worker.lane.processor import TopicPartition

DISCARD_SECONDS = Limits().discard_seconds


class KafkaWriter:
    """A producer."""

    def __init__(
        self,
        producer: aiokafka.AIOKafkaProducer,
        *,
        transactional: bool,
        discard_seconds: float = DISCARD_SECONDS,
    ) -> None:
        self._producer = producer
        self._discard_seconds = discard_seconds
        self._transactional = transactional

    @property
    def held_until(self) -> float:
        """Until when the broker reads nothing of it."""
        return held_until(self._producer.client)

    async def begin(self, topics: Iterable[str] = ()) -> None:
        """Makes sure that topics are known, and begins a transaction.

        What is handed over then goes in one request, unless it is more than a batch for one partition. In several, each
        would be held up where a quota is exceeded.
        """
        with allowed("describe"):
            for topic in dict.fromkeys(topics):
                await self._producer.partitions_for(topic)
        if self._transactional:
            await self._producer.begin_transaction()

    async def send(
        self, place: TopicPartition, messages: Sequence[Message], timestamp_ms: int
    ) -> Sequence[Awaitable[Acknowledged]]:
        """Hands over messages for one partition in batches of our own making; an acknowledgement a batch.

        Outside a transaction each waits for the one before: it would stay where that one was refused, and what has a
        gap is not written again but taken for a repeat.
        """
        producer, acknowledgements = self._producer, list[Awaitable[Acknowledged]]()
        batch = producer.create_batch()
        for key, value, pairs in messages:
            headers = list(pairs)
            if batch.append(key=key, value=value, timestamp=timestamp_ms, headers=headers) is None:
                acknowledgements.append(await self._hand_over(batch, place))
                if not self._transactional:
                    await acknowledgements[-1]
                batch = producer.create_batch()
                batch.append(key=key, value=value, timestamp=timestamp_ms, headers=headers)
        if batch.record_count():
            acknowledgements.append(await self._hand_over(batch, place))
        return acknowledgements

    async def _hand_over(self, batch: Any, place: TopicPartition) -> Awaitable[Acknowledged]:  # noqa: ANN401 - untyped library
        batch.close()
        acknowledged: Awaitable[Acknowledged] = await self._producer.send_batch(
            batch, place.topic, partition=place.partition
        )
        return acknowledged

    async def commit(self) -> None:
        """Ends the transaction; the markers are written after this has returned."""
        if self._transactional:
            await self._producer.commit_transaction()

    async def close(self) -> None:
        """Ends an idle producer."""
        await self._producer.stop()

    async def abandon(self) -> None:
        """Drops a producer with all that it has under way: `stop` would flush, and hangs with a broken broker."""
        producer = self._producer
        producer._closed = True  # noqa: SLF001 - see the top
        try:
            await producer._sender.drop(self._discard_seconds / 2)  # noqa: SLF001 - see `sending.py`
        finally:
            await producer.client.close()
