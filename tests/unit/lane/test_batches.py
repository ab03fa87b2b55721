"""Several batches for one partition: in a transaction all at once, outside of one each after the other."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka.producer.message_accumulator import BatchBuilder

from worker.lane.kafka.writer import KafkaWriter
from worker.lane.processor import TopicPartition

PLACE = TopicPartition("leads.activity.v1", 0)
LARGE = b"x" * 600_000
MESSAGES = [(b"lead", LARGE, ()), (b"lead", LARGE, ())]


class Producer:
    """Takes batches, and leaves it to the test how each ends."""

    def __init__(self) -> None:
        self.handed_over: list[asyncio.Future[Any]] = []

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(1 << 20, 0)

    async def send_batch(self, _batch: Any, _topic: str, partition: int) -> asyncio.Future[Any]:
        del partition
        self.handed_over.append(asyncio.get_running_loop().create_future())
        return self.handed_over[-1]


async def test_a_batch_that_was_refused_is_followed_by_none_outside_of_a_transaction() -> None:
    producer: Any = Producer()
    writer = KafkaWriter(producer, transactional=False)
    sending = asyncio.create_task(writer.send(PLACE, MESSAGES, 0))
    for _ in range(10):  # whatever can run does
        await asyncio.sleep(0)
    assert len(producer.handed_over) == 1
    producer.handed_over[0].set_exception(PermissionError())
    with pytest.raises(PermissionError):
        await sending
    assert len(producer.handed_over) == 1


async def test_batches_of_a_transaction_go_at_once() -> None:
    producer: Any = Producer()
    sent = await KafkaWriter(producer, transactional=True).send(PLACE, MESSAGES, 0)
    assert sent == producer.handed_over
    assert len(sent) == 2
