"""What a campaign needs of a cluster: topics made, records produced and read."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiokafka
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.stream.toys import Names
from worker.lane.kafka_consumer import kafka_consumer
from worker.lane.processor import Record

COMPACTED = {
    "cleanup.policy": "compact",
    "segment.ms": "20000",
    "min.cleanable.dirty.ratio": "0.01",
}
"""As often as a broker can."""


async def create(bootstrap: str, names: Names) -> None:
    """Makes the topics of a run."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    compacted = {names.positions, names.changelog}
    await admin.create_topics(
        [
            NewTopic(
                topic, names.partitions, 1, topic_configs=COMPACTED if topic in compacted else {}
            )
            for topic in names.all()
        ]
    )
    await admin.close()


@asynccontextmanager
async def started(client: Any) -> AsyncIterator[Any]:
    """Starts a client once the broker is there, and ends it."""
    try:
        while True:
            try:
                await client.start()
                break
            except aiokafka.errors.KafkaError:
                await asyncio.sleep(0.5)
        yield client
    finally:
        await client.stop()


class Load:
    """Writes records over both inputs, each with an id of its own and the time it was sent."""

    def __init__(self, bootstrap: str, names: Names, keys: int = 40) -> None:
        self._bootstrap = bootstrap
        self._names = names
        self._keys = keys
        self.count = 0

    async def send(self, count: int, rate: float = 0.0, wait_ms: int | None = None) -> None:
        """Writes records; every tenth waits for a deadline if asked to, half of them in vain."""
        client = aiokafka.AIOKafkaProducer(
            bootstrap_servers=self._bootstrap, enable_idempotence=True, linger_ms=2
        )
        began, sent = time.time(), []
        async with started(client) as producer:
            for number in range(count):
                record = self._next(wait_ms if number % 10 == 0 else None)
                sent.append(await producer.send(**record))
                ahead = began + number / rate - time.time() if rate else 0
                if ahead > 0.01:
                    await asyncio.sleep(ahead)
            await asyncio.gather(*sent)

    def _next(self, wait_ms: int | None) -> dict[str, Any]:
        number, names = self.count, self._names
        self.count += 1
        place = number * 7919 % self._keys
        key = f"k{place}"
        body = {"id": number, "sent": time.time()}
        if wait_ms is not None:
            body["wait"] = int(time.time() * 1000) + wait_ms
            key = f"waiting {number}" if number % 20 else key
        return {
            "topic": names.inputs[number % 2],
            "key": key.encode(),
            "value": json.dumps(body).encode(),
            "partition": place % names.partitions,
        }


async def read(bootstrap: str, names: Names) -> dict[str, list[Record]]:
    """Reads all topics of a run up to their read_committed end as of now, partition by partition."""
    client = kafka_consumer(bootstrap_servers=bootstrap)
    places = [
        aiokafka.TopicPartition(topic, number)
        for topic in names.all()
        for number in range(names.partitions)
    ]
    found: dict[Any, list[Record]] = {place: [] for place in places}
    async with started(client) as reader:
        reader.assign(places)
        ends = await reader.end_offsets(places)
        await reader.seek_to_beginning(*places)
        for place in places:
            while await reader.position(place) < ends[place]:
                for where, records in (await reader.getmany(timeout_ms=200)).items():
                    found[where] += records
    return {topic: _in_order(topic, found) for topic in names.all()}


def _in_order(topic: str, found: dict[Any, list[Record]]) -> list[Record]:
    places = sorted(place for place in found if place.topic == topic)
    return [record for place in places for record in found[place]]


def said(records: Sequence[Record]) -> set[Any]:
    """Returns the ids in an output."""
    return {json.loads(record.value or b"")["id"] for record in records}
