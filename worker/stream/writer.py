"""Writes records to topics as an ordinary producer does: idempotent, keyed, acknowledged by all replicas."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Protocol

from aiokafka import AIOKafkaProducer

from worker.lane.kafka.questions import amend
from worker.stream.connection import connection, reaching
from worker.stream.settings import Settings

LINGER_MS = 2
"""A batch waits this long for company: nothing beside a network's round trip."""


class Sendable(Protocol):
    """A record as a producer hands it over; `timestamp_ms` is UTC milliseconds."""

    @property
    def topic(self) -> str:
        """Where it goes."""

    @property
    def key(self) -> bytes:
        """Which partition it goes to, and where compaction and order look."""

    @property
    def value(self) -> bytes:
        """What it says."""

    @property
    def headers(self) -> tuple[tuple[str, bytes], ...]:
        """What its envelope says."""

    @property
    def timestamp_ms(self) -> int:
        """When it was produced."""


@asynccontextmanager
async def producer(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    """Yield a connected producer, which is flushed at the end."""
    amend()
    async with reaching(settings):
        client = AIOKafkaProducer(
            **connection(settings), acks="all", enable_idempotence=True, linger_ms=LINGER_MS
        )
        try:
            await client.start()
            yield client
        finally:
            await client.stop()


async def send(client: AIOKafkaProducer, record: Sendable) -> Awaitable[object]:
    """Hand a record to the client, which may wait for room; what is returned waits for the acknowledgement."""
    acknowledged: Awaitable[object] = await client.send(
        record.topic,
        key=record.key,
        value=record.value,
        headers=list(record.headers),
        timestamp_ms=record.timestamp_ms,
    )
    return acknowledged
