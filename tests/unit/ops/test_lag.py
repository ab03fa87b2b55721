"""`lag` sums up each group, and names the partitions that are behind."""

from __future__ import annotations

from worker.ops.lag import _told
from worker.stream.lag import Lag


def lag(partition: int, messages: int, seconds: float) -> Lag:
    return Lag("g", "t", partition, committed=0, end=messages, messages=messages, seconds=seconds)


def test_only_partitions_that_are_behind_are_named() -> None:
    assert _told([lag(0, 0, 0.0), lag(1, 3, 2.5), lag(2, 4, 1.0)]) == [
        "g: 7 messages, 2.5 s",
        "  t/1: 3 messages, 2.5 s",
        "  t/2: 4 messages, 1.0 s",
    ]


def test_a_group_that_is_not_behind_is_one_line() -> None:
    assert _told([lag(0, 0, 0.0)]) == ["g: 0 messages, 0.0 s"]
