"""A reader of whole topics on Kafka, without a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from worker.lane.kafka.consumer import kafka_consumer
from worker.lane.kafka.rights import allowed
from worker.lane.limits import Limits
from worker.lane.processor import Record


class KafkaFollower:
    """Reads topics from their beginning, and on."""

    def __init__(
        self, connection: Mapping[str, Any], limits: Limits, topics: Sequence[str]
    ) -> None:
        self._connection = connection
        self._limits = limits
        self._topics = list(topics)
        self._consumer: Any = None

    async def start(self) -> None:
        """Begins at the beginning."""
        self._consumer = kafka_consumer(
            *self._topics,
            **{
                "request_timeout_ms": int(self._limits.request_seconds * 1000),
                **self._connection,
            },
            fetch_max_wait_ms=self._limits.fetch_wait_ms,
        )
        with allowed("read"):
            await self._consumer.start()

    async def stop(self) -> None:
        """Ends."""
        if self._consumer is not None:
            await self._consumer.stop()

    async def poll(self, timeout_ms: int) -> Sequence[Record]:
        """Returns the next records, none if there is nothing new within the time."""
        with allowed("read"):
            fetched = await self._consumer.getmany(timeout_ms=timeout_ms)
        return list(chain.from_iterable(fetched.values()))
