"""A consumer that the library has set back is not believed: what it gives then was read before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import aiokafka
import pytest

from worker.lane.kafka.group import Membership
from worker.lane.kafka.source import KafkaSource
from worker.lane.limits import Limits
from worker.lane.log import WentBack
from worker.lane.processor import Record, TopicPartition

PLACE = TopicPartition("told", 0)
THEIRS = aiokafka.TopicPartition(*PLACE)


class Consumer:
    """Gives what it has from an offset on, wherever somebody has sought."""

    def __init__(self, first: int, count: int) -> None:
        self._records = [Record("told", 0, first + n, 0, b"anna", b"{}") for n in range(count)]

    def seek(self, place: aiokafka.TopicPartition, position: int) -> None:
        assert place == THEIRS
        assert position >= 0

    async def getmany(
        self, *_: aiokafka.TopicPartition, timeout_ms: int, max_records: int
    ) -> Mapping[aiokafka.TopicPartition, Sequence[Record]]:
        assert timeout_ms <= max_records
        return {THEIRS: self._records}

    async def position(self, _: aiokafka.TopicPartition) -> int:
        return self._records[-1].offset + 1

    def last_stable_offset(self, _: aiokafka.TopicPartition) -> int:
        return 5_000


def source_of(consumer: Consumer) -> KafkaSource:
    source = KafkaSource({}, Limits(), ["told"], Membership("group", None, "", False))
    source._consumer, source._theirs = consumer, {PLACE: THEIRS}
    source.seek({PLACE: 100})
    return source


async def test_what_comes_from_where_it_was_sought_is_taken() -> None:
    (chunk,) = await source_of(Consumer(100, 50)).poll([PLACE], 2_000, 100)
    assert (chunk.start, chunk.end, len(chunk.records)) == (100, 150, 50)


@pytest.mark.parametrize("count", [50, 2_000], ids=["ends before it", "ends behind it"])
async def test_what_comes_from_before_is_not(count: int) -> None:
    with pytest.raises(WentBack, match="told partition 0"):
        await source_of(Consumer(0, count)).poll([PLACE], 2_000, 100)
