"""A consumer ends when it is told to, whatever its fetching is doing: the library alone waits for ever here."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from worker.lane.kafka_consumer import kafka_consumer

pytestmark = pytest.mark.kafka

POLL_MS = 50
FETCH_MS = 5_000
"""A fetch of an empty topic is under way all the while."""
END_SECONDS = 4.0


@pytest.mark.parametrize("steps", range(4))
async def test_a_consumer_that_has_just_lost_its_partitions_ends(
    kafka: str, topic: str, steps: int
) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    consumer = kafka_consumer(bootstrap_servers=kafka, fetch_max_wait_ms=FETCH_MS)
    await consumer.start()
    place = TopicPartition(topic, 0)
    consumer.assign([place])
    await consumer.position(place)
    assert await consumer.getmany(place, timeout_ms=POLL_MS) == {}
    consumer.unsubscribe()
    for _ in range(steps):  # of the event loop: how far its fetching has come by then
        await asyncio.sleep(0)
    ending = asyncio.create_task(consumer.stop())
    ended, _ = await asyncio.wait([ending], timeout=END_SECONDS)
    assert ended
