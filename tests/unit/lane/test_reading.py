"""What ends a reader slowly hides neither what it has read nor what has befallen it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka.errors import TopicAuthorizationFailedError

from worker.lane.errors import NotAllowed
from worker.lane.kafka.log import KafkaLog
from worker.lane.limits import Limits
from worker.lane.processor import TopicPartition

PLACE = TopicPartition("changelog", 0)


class Stuck:
    """A client that has nothing to read and does not end; it may not be let in."""

    def __init__(self, *, refused: bool) -> None:
        self._refused = refused

    async def start(self) -> None:
        if self._refused:
            raise TopicAuthorizationFailedError(PLACE.topic)

    async def stop(self) -> None:
        await asyncio.sleep(60)

    def assign(self, places: Any) -> None: ...

    async def seek_to_beginning(self, place: Any) -> None: ...

    async def end_offsets(self, places: Any) -> dict[Any, int]:
        return dict.fromkeys(places, 0)

    async def position(self, place: Any) -> int:
        return 0


class Reading(KafkaLog):
    """Reads with such a client."""

    refused = False

    def _reader(self) -> Any:
        return Stuck(refused=self.refused)


@pytest.fixture
def log() -> Reading:
    return Reading({}, Limits(discard_seconds=0.01))


async def test_what_was_read_counts(log: Reading) -> None:
    assert (await log.read_all(PLACE, lambda _: None)).records == 0


async def test_what_is_not_allowed_is_told(log: Reading) -> None:
    log.refused = True
    with pytest.raises(NotAllowed, match="read changelog"):
        await log.read_all(PLACE, lambda _: None)


async def test_what_asks_for_offsets_is_ended_within_its_time(log: Reading) -> None:
    assert await log.ends([PLACE]) == {PLACE: 0}
    async with asyncio.timeout(1):
        await log.close()


async def test_what_is_wrong_with_a_question_is_told_though_its_client_does_not_end(
    log: Reading,
) -> None:
    log.refused = True
    async with asyncio.timeout(1):
        with pytest.raises(TopicAuthorizationFailedError):
            await log.ends([PLACE])
