"""What was fetched is read record by record, however many one asks for, and none of them twice or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from types import SimpleNamespace
from typing import Any

import aiokafka
import pytest
from aiokafka.consumer.fetcher import READ_COMMITTED, FetchResult
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder

from tests.kafka.raw import checked
from worker.lane.kafka import consumer
from worker.lane.processor import Record

PLACE = aiokafka.TopicPartition("leads.activity.v1", 3)
NAME, BAD_NAME = b"readable", b"\xff" * 8
SUMMED_AT = 21
"""Behind what a batch says of itself first; its sum is that of all that follows."""
OFFSETS = [4, 5, 6, 9, 10, 11, 17, 18, 19, 20, 21, 22]
"""With holes, as compaction leaves them."""


def batch_of(offsets: Sequence[int], bad: int | None = None) -> bytes:
    """Returns a batch with records at these offsets, and at one of them a header whose name is no text."""
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 20)
    for offset in offsets:
        name = NAME.decode() if offset != bad else "replaced"
        builder.append(offset - offsets[0], 1000 + offset, b"%d" % offset, None, [(name, b"x")])
    made = bytes(builder.build()).replace(b"replaced", BAD_NAME)
    return checked(offsets[0].to_bytes(8, "big") + made[8:])


class Reader:
    """Reads what a fetch from an offset on has brought, as the library's consumer does."""

    def __init__(
        self,
        fetched: bytes,
        first: int,
        level: int = READ_COMMITTED,
        aborted: Sequence[tuple[int, int]] = (),
    ) -> None:
        records = consumer.Records(
            PLACE, consumer.Fetched(fetched), aborted, first, None, None, True, level
        )
        self._state: Any = SimpleNamespace(paused=False, position=first)
        self._state.consumed_to = self._reaches
        assignment: Any = SimpleNamespace(active=True, state_value=lambda _: self._state)
        self._result = FetchResult(
            PLACE, assignment=assignment, partition_records=records, backoff=0
        )
        self.reached = [first]

    def _reaches(self, position: int) -> None:
        self._state.position = position
        self.reached.append(position)

    def read(self, most: int | None) -> list[Record]:
        read: list[Record] = []
        while self._result.has_more():
            read += self._result.getall(most)
        return read


def fetch(sizes: Sequence[int], first: int) -> bytes:
    """Returns batches of so many records each from that on which holds an offset, as a broker does."""
    left = iter(OFFSETS)
    batches = [list(islice(left, size)) for size in sizes]
    return b"".join(batch_of(batch) for batch in batches if batch[-1] >= first)


@pytest.mark.parametrize("most", [None, 1, 2, 3, 4, 5, 6, 7, 12, 13])
@pytest.mark.parametrize("first", range(4, 23))
@pytest.mark.parametrize("sizes", [[12], [3, 9], [4, 8], [1, 5, 6]])
def test_each_record_comes_once(sizes: Sequence[int], first: int, most: int | None) -> None:
    reader = Reader(fetch(sizes, first), first)
    read = reader.read(most)
    assert [record.offset for record in read] == [one for one in OFFSETS if one >= first]
    assert (reader.reached, reader.reached[-1]) == (sorted(reader.reached), 23)


def test_one_stands_before_what_has_not_been_read() -> None:
    reader = Reader(batch_of(OFFSETS), 4)
    read = reader.read(4)
    assert reader.reached == [4, 10, 19, 23, 23]
    assert read[3] == Record(
        PLACE.topic, PLACE.partition, 9, 1009, b"9", None, (("readable", b"x"),)
    )


@pytest.mark.parametrize(
    "offsets, kept",
    [([4, 4, 4], [4]), ([4, 5, 6, 7, 4, 8], [4, 5, 6, 7, 8]), ([4, 9, 5, 6, 10], [4, 9, 10])],
)
def test_what_goes_back_is_left_out(offsets: Sequence[int], kept: Sequence[int]) -> None:
    reader = Reader(batch_of(offsets), 4)
    assert [record.offset for record in reader.read(1)] == kept
    assert reader.reached == sorted(reader.reached)


@pytest.mark.parametrize("bad", OFFSETS)
@pytest.mark.parametrize("most", [None, 2, 3])
def test_names_that_are_no_text_cost_no_record(bad: int, most: int | None) -> None:
    read = Reader(batch_of(OFFSETS, bad), 4).read(most)
    assert [record.offset for record in read] == OFFSETS
    (odd,) = [record for record in read if record.headers[0][0] != NAME.decode()]
    assert (odd.offset, odd.headers) == (bad, ((r"\xff" * 8, b"x"),))


def test_any_number_of_batches_may_have_such_names(monkeypatch: pytest.MonkeyPatch) -> None:
    walked: list[int] = []

    class Counting(consumer.Fetched):
        def tolerant(self) -> Iterable[Any]:
            walked.append(self._given - self._found)
            return super().tolerant()

    monkeypatch.setattr(consumer, "Fetched", Counting)
    bad = {first for first in range(0, 300, 3) if first % 4}
    fetched = b"".join(
        batch_of([first, first + 1], first + 1 if first in bad else None)
        for first in range(0, 300, 3)
    )
    read = Reader(fetched, 0).read(None)
    assert [record.offset for record in read] == [one for one in range(300) if one % 3 < 2]
    odd = {record.offset for record in read if record.headers[0][0] != NAME.decode()}
    assert odd == {first + 1 for first in bad}
    assert sum(walked) <= 100, "no batch is walked over twice"


def old_batch_of(offsets: Sequence[int]) -> bytes:
    """Returns messages as brokers kept them before they had batches."""
    builder = LegacyRecordBatchBuilder(1, 0, 1 << 20)
    for offset in offsets:
        builder.append(offset, 1000 + offset, b"%d" % offset, b"value")
    return bytes(builder.build())


@pytest.mark.parametrize("make", [batch_of, old_batch_of])
def test_what_was_damaged_on_its_way_is_not_read(make: Callable[[list[int]], bytes]) -> None:
    first, second = make([4]), make([5])
    assert [record.offset for record in Reader(first + second, 4).read(None)] == [4, 5]
    for place in range(len(first) + SUMMED_AT, len(first + second)):
        damaged = bytearray(first + second)
        damaged[place] ^= 1
        reader = Reader(bytes(damaged), 4)
        with pytest.raises(CorruptRecordException):
            reader.read(1)
        assert reader.reached[-1] == 5, "what was sound before it has been read"
