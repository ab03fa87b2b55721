"""A consumer ends when it is told to, whatever its fetching is doing: the library alone waits for ever, or raises."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from worker.lane.kafka.consumer import kafka_consumer
from worker.ops.local_broker import OwnBroker

pytestmark = pytest.mark.kafka

POLL_MS = 50
FETCH_MS = 5_000
"""A fetch of an empty topic is under way all the while."""
END_SECONDS = 4.0
BACK_OFF_MS = 30_000
"""A request that has failed waits so long before it is sent again."""


async def create(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()


@pytest.mark.parametrize("steps", range(4))
async def test_a_consumer_that_has_just_lost_its_partitions_ends(
    kafka: str, topic: str, steps: int
) -> None:
    await create(kafka, topic)
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


async def test_a_consumer_whose_broker_has_gone_ends_and_does_not_cancel_who_ends_it(
    broker_to_kill: OwnBroker, topic: str
) -> None:
    await create(broker_to_kill.bootstrap, topic)
    consumer = kafka_consumer(
        bootstrap_servers=broker_to_kill.bootstrap, retry_backoff_ms=BACK_OFF_MS
    )
    await consumer.start()
    place = TopicPartition(topic, 0)
    consumer.assign([place])
    await consumer.position(place)
    broker_to_kill.kill()
    while not any(map(backs_off, asyncio.all_tasks())):
        await asyncio.sleep(POLL_MS / 1000)
    async with asyncio.timeout(END_SECONDS):
        await consumer.stop()


def backs_off(task: asyncio.Task[object]) -> bool:
    """Tells whether a task is a request that waits before it is sent again."""
    frames = task.get_stack()
    return bool(frames) and frames[-1].f_code.co_name == "_proc_fetch_request" and sleeps(task)


def sleeps(task: asyncio.Task[object]) -> bool:
    """Tells whether what a task waits for in the end is a time."""
    awaited = task.get_coro()
    while inner := getattr(awaited, "cr_await", None):
        awaited = inner
        if getattr(awaited, "__name__", "") == "sleep":
            return True
    return False
