"""What a lane takes next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.lane.limits import Limits
from worker.lane.log import Chunk
from worker.lane.merge import Batch, Merge
from worker.lane.processor import Headers, Record, TopicPartition

MOST = 2_000
ONE, TWO = TopicPartition("one", 0), TopicPartition("two", 0)


def chunk(place: TopicPartition, start: int, *times: int, end: int | None = None) -> Chunk:
    records = [
        Record(place.topic, 0, start + number, time, b"k", b"12345", ())
        for number, time in enumerate(times)
    ]
    return Chunk(place, start, records, start + len(times) if end is None else end)


def heavy(start: int, key: bytes | None, value: bytes | None, headers: Headers) -> Chunk:
    """Returns a chunk of one record."""
    record = Record(ONE.topic, 0, start, start, key, value, headers)
    return Chunk(ONE, start, [record], start + 1)


WEIGHTS: list[tuple[bytes | None, bytes | None, Headers]] = [
    (b"k" * 100, None, ()),
    (None, b"v" * 100, ()),
    (None, None, (("theirs", b"h" * 100),)),
    (None, None, (("n" * 100, None),)),
    (None, None, tuple(("", b"") for _ in range(10))),
]
"""Key, value and headers of 100 bytes or a little more."""


def merge_of(ends: dict[TopicPartition, int], **limits: Any) -> Merge:
    merge = Merge([ONE, TWO], Limits(merge_wait_seconds=0.2, **limits), ends.get)
    merge.start({ONE: 0, TWO: 0})
    return merge


def taken(batch: Batch | None) -> list[tuple[str, int]]:
    assert batch is not None
    return [(record.topic, record.offset) for record in batch.records]


def test_inputs_are_taken_in_order_of_timestamp_and_ties_in_order_of_topic() -> None:
    merge = merge_of({})
    merge.feed(chunk(TWO, 0, 1, 5, 9))
    merge.feed(chunk(ONE, 0, 5, 6))
    batch = merge.take(0.0, MOST)
    assert taken(batch) == [("two", 0), ("one", 0), ("two", 1), ("one", 1), ("two", 2)]
    assert batch is not None
    assert batch.positions == {ONE: 2, TWO: 3}


def test_an_input_known_to_hold_more_is_waited_for_but_not_for_ever() -> None:
    merge = merge_of({ONE: 2, TWO: 1})
    merge.feed(chunk(ONE, 0, 5, 6))
    assert merge.take(10.0, MOST) is None
    assert merge.waits_until == 10.2
    merge.feed(chunk(TWO, 0, 1))
    assert taken(merge.take(10.1, MOST)) == [("two", 0), ("one", 0), ("one", 1)]


def test_patience_ends() -> None:
    merge = merge_of({ONE: 2, TWO: 1})
    merge.feed(chunk(ONE, 0, 5, 6))
    assert merge.take(10.0, MOST) is None
    assert taken(merge.take(10.3, MOST)) == [("one", 0), ("one", 1)]


def test_a_batch_stops_where_an_input_runs_dry_that_holds_more() -> None:
    merge = merge_of({ONE: 4, TWO: 2})
    merge.feed(chunk(ONE, 0, 1, 3))
    merge.feed(chunk(TWO, 0, 2, 9))
    assert taken(merge.take(0.0, MOST)) == [("one", 0), ("two", 0), ("one", 1)]
    assert merge.take(0.0, MOST) is None
    merge.feed(chunk(ONE, 2, 4, 5))
    assert taken(merge.take(0.1, MOST)) == [("one", 2), ("one", 3), ("two", 1)]


def test_a_chunk_that_begins_too_late_breaks_the_chain() -> None:
    merge = merge_of({})
    assert merge.feed(chunk(ONE, 0, 1, 1))
    assert not merge.feed(chunk(ONE, 3, 1))
    assert merge.feed(chunk(ONE, 2, 1))


def test_records_below_the_position_are_skipped() -> None:
    merge = merge_of({})
    merge.feed(chunk(ONE, 0, 1, 1))
    assert merge.feed(chunk(ONE, 0, 1, 1, 1))
    assert merge.feed(chunk(ONE, 0, 1))
    assert taken(merge.take(0.0, MOST)) == [("one", 0), ("one", 1), ("one", 2)]


def test_a_position_over_markers_is_told_once_and_past_the_last_record() -> None:
    merge = merge_of({})
    merge.feed(chunk(ONE, 0, end=3))
    assert merge.holding()
    assert merge.take(0.0, MOST) == Batch([], {ONE: 3}, 0)
    assert not merge.holding()
    assert merge.take(0.0, MOST) is None
    merge.feed(chunk(ONE, 3, 1, end=5))
    batch = merge.take(0.0, MOST)
    assert batch is not None
    assert batch.positions == {ONE: 5}


def test_a_position_over_markers_does_not_go_back() -> None:
    merge = merge_of({})
    merge.feed(chunk(ONE, 0, 1, end=90))
    merge.feed(chunk(TWO, 0, 2, 3))
    merge.take(0.0, 1)
    merge.feed(chunk(ONE, 90, 9))
    batch = merge.take(0.0, 1)
    assert batch is not None
    assert (taken(batch), batch.positions) == ([("two", 0)], {TWO: 1})
    last = merge.take(0.0, MOST)
    assert last is not None
    assert last.positions == {ONE: 91, TWO: 2}


def test_an_input_is_not_fetched_while_its_share_of_records_or_bytes_is_queued() -> None:
    few, small = merge_of({}, max_queued=4), merge_of({}, max_queued_bytes=24)
    for merge in (few, small):
        merge.feed(chunk(ONE, 0, 1))
        assert merge.wants(ONE)
        merge.feed(chunk(ONE, 1, 2))
        assert not merge.wants(ONE)
        assert merge.wants(TWO)
        merge.take(0.0, 1)
        assert merge.wants(ONE)
        merge.feed(chunk(ONE, 2, 3))
        assert not merge.wants(ONE)
        merge.start({ONE: 3, TWO: 0})
        assert merge.wants(ONE)


def test_a_batch_is_limited_in_records_and_in_bytes() -> None:
    merge = merge_of({})
    merge.feed(chunk(ONE, 0, 1, 2, 3))
    first = merge.take(0.0, 2)
    assert first is not None
    assert first.positions == {ONE: 2}
    small = merge_of({}, max_bytes=7)
    small.feed(chunk(ONE, 0, 1, 2, 3))
    assert len(taken(small.take(0.0, MOST))) == 2


@pytest.mark.parametrize("key, value, headers", WEIGHTS)
def test_key_and_headers_count_as_a_value_does(
    key: bytes | None, value: bytes | None, headers: Headers
) -> None:
    merge = merge_of({}, max_queued_bytes=600, max_bytes=150)
    for start in range(3):
        assert merge.wants(ONE)
        merge.feed(heavy(start, key, value, headers))
    assert not merge.wants(ONE)
    batch = merge.take(0.0, MOST)
    assert taken(batch) == [("one", 0), ("one", 1)]
    assert batch is not None
    assert 200 <= batch.bytes <= 250
    assert merge.wants(ONE)
    assert taken(merge.take(0.0, MOST)) == [("one", 2)]
    merge.feed(heavy(3, key, value, headers))
    merge.start({ONE: 3, TWO: 0})
    for start in range(3, 6):
        assert merge.wants(ONE)
        merge.feed(heavy(start, key, value, headers))
    assert not merge.wants(ONE)


def test_what_a_round_had_no_room_for_is_taken_next() -> None:
    merge = merge_of({})
    merge.feed(chunk(ONE, 0, 1, 3, 5, 5, end=6))
    merge.feed(chunk(TWO, 0, 2, 4))
    batch = merge.take(0.0, MOST)
    assert batch is not None
    first, left = batch.parted(3)
    assert (taken(first), first.positions) == (
        [("one", 0), ("two", 0), ("one", 1)],
        {ONE: 2, TWO: 1},
    )
    assert not merge.holding()
    merge.give_back(left)
    merge.feed(chunk(ONE, 6, 0))
    assert merge.holding()
    again = merge.take(0.0, MOST)
    assert again is not None
    assert taken(again) == [("two", 1), ("one", 2), ("one", 3)]
    assert again.positions == {ONE: 6, TWO: 2}
    assert first.bytes + again.bytes == batch.bytes
    assert taken(merge.take(0.0, MOST)) == [("one", 6)]
    assert again.parted(3) == (again, None)


@pytest.mark.parametrize("dropped", [Merge.clear, lambda merge: merge.start({ONE: 0, TWO: 0})])
def test_what_is_dropped_is_not_taken(dropped: Callable[[Merge], None]) -> None:
    merge = merge_of({})
    merge.feed(chunk(ONE, 0, 1, 2))
    merge.give_back(merge.take(0.0, MOST))
    dropped(merge)
    assert not merge.holding()
    assert merge.take(0.0, MOST) is None


def test_each_input_has_its_share_of_the_queue() -> None:
    merge = merge_of({}, max_queued=4)
    merge.feed(chunk(ONE, 0, 1, 2))
    assert not merge.wants(ONE)
    assert merge.wants(TWO)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.integers(0, 2)), max_size=30),
    st.lists(st.integers(0, 9), min_size=200, max_size=200),
)
def test_every_record_is_taken_once_and_in_the_order_of_its_partition(
    fetches: list[tuple[bool, int, int]], times: list[int]
) -> None:
    merge, at, clock = merge_of({}, max_records=3), {ONE: 0, TWO: 0}, iter(times)
    found: list[tuple[str, int]] = []
    wanted: list[tuple[str, int]] = []
    for first, records, markers in fetches:
        place = ONE if first else TWO
        stamps = [next(clock) for _ in range(records)]
        one = chunk(place, at[place], *stamps, end=at[place] + records + markers)
        wanted += [(record.topic, record.offset) for record in one.records]
        assert merge.feed(one)
        at[place] = one.end
        batch = merge.take(0.0, MOST)
        found += [] if batch is None else taken(batch)
    while merge.holding():
        found += taken(merge.take(0.0, MOST))
    assert sorted(found) == sorted(wanted)
    for topic in ("one", "two"):
        offsets = [offset for name, offset in found if name == topic]
        assert offsets == sorted(offsets)
