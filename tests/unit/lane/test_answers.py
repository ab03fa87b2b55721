"""Of what brokers answer to a produce request, a quota and a refused time are heard, and the rest is the library's."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import aiokafka
import pytest
from aiokafka.errors import InvalidTimestampError
from aiokafka.protocol.produce import ProduceResponse_v8

from worker.lane.errors import ClockRefused
from worker.lane.kafka.answers import Heard, held_until

PLACE = aiokafka.TopicPartition("leads.activity.v1", 0)
OTHER = aiokafka.TopicPartition("leads.activity.v1", 1)


class Batch:
    """A batch that remembers how it ended."""

    def __init__(self) -> None:
        self.ended: Any = None

    def done(self, offset: int, *_more: object) -> None:
        self.ended = offset

    def failure(self, exception: Exception) -> None:
        self.ended = exception


def answer(error: int, throttled_ms: int) -> ProduceResponse_v8:
    """Says that the first partition ended with an error and the second at offset 7."""
    partitions: list[Any] = [(0, error, -1, -1, 0, [], None), (1, 0, 7, -1, 0, [], None)]
    return ProduceResponse_v8([(PLACE.topic, partitions)], throttled_ms)


async def heard(error: int, throttled_ms: int) -> tuple[Any, Batch, Batch]:
    sender = SimpleNamespace(client=None, _retry_backoff=0.1)
    first, second = Batch(), Batch()
    Heard(sender, {PLACE: first, OTHER: second}).handle_response(answer(error, throttled_ms))
    return SimpleNamespace(_sender=sender), first, second


async def test_a_producer_is_held_for_as_long_as_the_broker_says() -> None:
    producer, _, second = await heard(0, 2_500)
    now = asyncio.get_running_loop().time()
    assert held_until(producer) == pytest.approx(now + 2.5, abs=0.5)
    assert second.ended == 7


async def test_a_producer_within_its_quota_is_not_held() -> None:
    producer, _, _ = await heard(0, 0)
    assert held_until(producer) == 0


async def test_a_time_that_is_refused_is_told_by_its_name_and_the_rest_is_done() -> None:
    _, first, second = await heard(InvalidTimestampError.errno, 0)
    assert isinstance(first.ended, ClockRefused)
    assert PLACE.topic in str(first.ended)
    assert second.ended == 7
