"""What a dead letter leaves out has to be too much, and the rest the original's: the input is read again to see it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.unit.ops.verify.judging import judged, names
from tests.unit.ops.verify.test_misread import letters
from tests.unit.ops.verify.town import NOON, Logs, Town, form
from topics.catalogue import name_of
from topics.settings import LARGEST_DEAD_LETTER
from worker.lane.processor import Headers, Record, TopicPartition
from worker.ops.traffic import Produced

Theirs = tuple[tuple[str, bytes], ...]
SENDGRID = name_of("raw.sendgrid")
ITEMS = 100
BODY = b"[" + b",".join([b"1"] * ITEMS) + b"]"
MUCH = 100_000
LEFT_OUT = "lead-router-left-out-"


def logs_of(key: bytes, value: bytes, headers: Theirs, topic: str = SENDGRID) -> Logs:
    """Returns what an installation makes of a record that cannot be read, and of one that can."""
    town = Town()
    town.produce([form("ana"), Produced(topic, key, value, headers, NOON)])
    town.come_to_rest()
    return town.logs


@pytest.fixture(scope="module")
def large() -> Logs:
    return logs_of(b"k" * MUCH, BODY, (("theirs", b"h" * MUCH), ("more", b"")))


def left_out(letter: Record) -> str:
    return " ".join(
        name.removeprefix(LEFT_OUT) for name, _ in letter.headers if name.startswith(LEFT_OUT)
    )


def spoilt(logs: Logs, item: int, **fields: Any) -> set[str]:
    """Returns what is named once the letter of an item is another one."""
    copied = logs.copy()
    copied.replace(letters(copied)[item], **fields)
    return names(copied)


def with_told(letter: Record, name: str, value: bytes | None) -> Headers:
    """Returns headers of which the one of that name says something else, or is not there."""
    kept = tuple(one for one in letter.headers if one[0] != name)
    return kept if value is None else (*kept, (name, value))


def test_letters_that_leave_out_more_and_more_are_no_anomaly(large: Logs) -> None:
    told = [left_out(letter) for letter in letters(large)]
    assert len(told) == ITEMS
    assert list(dict.fromkeys(told)) == ["", "value headers", "value headers key"]
    assert names(large) == set()


def test_a_value_alone_may_be_too_much() -> None:
    logs = logs_of(b"k", b"[" + b"1 ," * 60_000 + b"1]", (), SENDGRID)
    assert names(logs) == set()
    body = b"[" + b", ".join([b"1" + b" " * 2_500] * ITEMS) + b"]"
    logs = logs_of(b"k", body, (("theirs", b"1"),))
    assert {left_out(letter) for letter in letters(logs)} == {"", "value"}
    assert names(logs) == set()
    assert spoilt(logs, 99, key=b"another") == {"altered"}
    headers = with_told(letters(logs)[99], "theirs", b"2")
    assert spoilt(logs, 99, headers=headers) == {"altered"}


@pytest.mark.parametrize("item", [0, 60, 99])
@pytest.mark.parametrize(
    "fields", [{"key": b"another"}, {"value": b"another"}, {"value": b""}, {"key": b""}]
)
def test_what_is_kept_of_the_original_is_compared_with_it(
    large: Logs, item: int, fields: dict[str, Any]
) -> None:
    assert spoilt(large, item, **fields) == {"altered"}


@pytest.mark.parametrize("item", [0, 60, 99])
def test_headers_that_are_not_the_originals_are_named(large: Logs, item: int) -> None:
    headers = (("theirs", b"another"), *letters(large)[item].headers)
    assert spoilt(large, item, headers=headers) == {"altered"}


@pytest.mark.parametrize("what", ["value", "headers", "key"])
@pytest.mark.parametrize("told", [b"1", b"", b"x", b"9" * 5_000, None])
def test_a_size_that_is_not_the_originals_is_named(
    large: Logs, what: str, told: bytes | None
) -> None:
    headers = with_told(letters(large)[99], f"{LEFT_OUT}{what}", told)
    assert spoilt(large, 99, headers=headers) == {"altered"}


def test_another_count_of_attempts_is_named(large: Logs) -> None:
    headers = with_told(letters(large)[99], "lead-router-attempt", b"7")
    assert spoilt(large, 99, headers=headers) == {"altered"}


def test_what_would_have_had_room_is_not_left_out(large: Logs) -> None:
    first, bare = letters(large)[0], letters(large)[99]
    told = tuple(one for one in bare.headers if one[0].startswith(LEFT_OUT))
    own = tuple(one for one in first.headers if one[0] not in {"theirs", "more"})
    assert spoilt(large, 0, key=None, value=None, headers=(*own, *told)) == {"altered"}
    small = logs_of(b"k", b"[1]", ())
    headers = (*letters(small)[0].headers, (f"{LEFT_OUT}value", b"3"))
    assert spoilt(small, 0, value=None, headers=headers) == {"altered"}


MANY: Theirs = tuple(("h", b"") for _ in range(165_000))


@pytest.mark.parametrize(
    "key, value, headers, gone",
    [
        (b"k", b"x" * 3_000_000, (("theirs", b"1"),), "value"),
        (b"k", b"{" + b"x" * 300_000, MANY, "value"),
        (b"k", b"{", (("theirs", b"h" * LARGEST_DEAD_LETTER),), "value headers"),
        (b"k" * LARGEST_DEAD_LETTER, b"{", (), "value key"),
        (b"k" * LARGEST_DEAD_LETTER, b"", (), "value key"),
    ],
)
def test_one_letter_may_be_too_large_by_itself(
    key: bytes, value: bytes, headers: Theirs, gone: str
) -> None:
    logs = logs_of(key, value, headers, name_of("web-visit"))
    (letter,) = letters(logs)
    assert left_out(letter) == gone
    assert names(logs) == set()
    assert spoilt(logs, 0, key=b"another") == {"altered"}
    assert spoilt(logs, 0, headers=(("theirs", b"2"), *letter.headers)) == {"altered"}


def test_where_the_original_is_deleted_meanwhile_nobody_can_tell(large: Logs) -> None:
    report = judged(forgetting(large))
    assert report.verdict == "UNKNOWN"
    assert any(SENDGRID in why for why in report.unknown)


def test_a_letter_that_says_too_little_is_named_though_its_original_is_deleted(large: Logs) -> None:
    logs = forgetting(large)
    letter = letters(logs)[99]
    logs.replace(letter, headers=with_told(letter, "lead-router-attempt", None))
    assert judged(logs).anomalies == {"altered": 1}


def forgetting(logs: Logs) -> Logs:
    forgets = Forgetting(logs.copy().records)
    forgets.forgets = TopicPartition(SENDGRID, letters(logs)[99].partition)
    return forgets


class Forgetting(Logs):
    """Retention deletes a partition right after it was read."""

    forgets: TopicPartition

    async def read(self, place: TopicPartition, start: int, end: int) -> Any:
        async for records in super().read(place, start, end):
            yield records
        if place == self.forgets:
            self.records[place] = [
                msgspec.structs.replace(one, offset=one.offset + 1) for one in self.records[place]
            ]


def test_the_letters_of_a_record_are_held_against_one_reading_of_it(large: Logs) -> None:
    logs = Counting(large.records)
    assert names(logs) == set()
    assert logs.read_of_inputs == 2


class Counting(Logs):
    """Counts how often the records of a topic are read."""

    read_of_inputs = 0

    async def read(self, place: TopicPartition, start: int, end: int) -> Any:
        async for records in super().read(place, start, end):
            self.read_of_inputs += place.topic == SENDGRID
            yield records
