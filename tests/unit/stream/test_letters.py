"""Dead letters read back, and what puts their originals onto their topics again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from topics.settings import LARGEST_RECORD
from worker.intake.items import DeadLetter
from worker.lane.log import Message
from worker.lane.processor import Headers, Origin, Record
from worker.stream.burial import dead_letters_of
from worker.stream.letters import (
    REPLAY_OF,
    Letter,
    NotReplayable,
    completed,
    letter_of,
    original_of,
    written,
)
from worker.stream.resending import Place, Selection, letters_in

FORMS, POSTS = "leads.form-submission.v1", "leads.raw.sendgrid.v1"
THEIRS: Headers = (("ce_id", b"e-1"), ("null", None), ("ce_id", b"again"))


def buried(record: Record, code: str = "schema.invalid", item: int = 0) -> Letter:
    """Returns the dead letter of a record as it is read back."""
    (message,) = dead_letters_of(record, [DeadLetter(code, "not well", item)])  # type: ignore[arg-type]
    letter = letter_of(lying(message, 7))
    assert letter is not None
    return letter


def lying(message: Message, offset: int) -> Record:
    """Returns a message as it lies on the dead letters' topic."""
    return Record("leads.dead-letter.v1", 0, offset, 1_000, *message)


def form(value: bytes | None = b"{", headers: Headers = THEIRS) -> Record:
    return Record(FORMS, 3, 12, 500, b"\xff", value, headers)


async def found(*records: Record, **selection: Any) -> list[Letter]:
    """Returns the letters among records of the dead letters' topic."""

    async def topic() -> AsyncIterator[Record]:
        for record in records:
            yield record

    return [letter async for letter in letters_in(topic(), Selection(**selection))]


def test_it_says_where_it_came_from_and_what_is_wrong() -> None:
    letter = buried(form())
    assert letter.origin == Origin(FORMS, 3, 12, 0)
    assert (letter.code, letter.message, letter.attempt) == ("schema.invalid", "not well", 1)
    assert written(letter.origin) == "leads.form-submission.v1/3/12/0"


def test_the_original_goes_back_with_the_count_of_its_failures_and_its_letter() -> None:
    key, value, headers = original_of(buried(form()))
    assert (key, value) == (b"\xff", b"{")
    assert headers == (
        *THEIRS,
        ("lead-router-attempt", b"1"),
        (REPLAY_OF, b"leads.form-submission.v1/3/12/0"),
    )


def test_one_that_fails_again_counts_on_and_names_the_letter_of_its_last_failure() -> None:
    _, value, headers = original_of(buried(form()))
    again = buried(Record(FORMS, 3, 40, 900, b"\xff", value, headers))
    assert (again.attempt, again.origin.offset) == (2, 40)
    assert dict(again.record.headers)[REPLAY_OF] == b"leads.form-submission.v1/3/12/0"
    _, _, headers = original_of(again)
    assert headers == (
        *THEIRS,
        ("lead-router-attempt", b"2"),
        (REPLAY_OF, b"leads.form-submission.v1/3/40/0"),
    )


def test_a_tombstone_goes_back_as_one() -> None:
    assert original_of(buried(form(None)))[1] is None


def test_of_an_array_the_item_that_failed_goes_back_alone() -> None:
    post = Record(POSTS, 0, 5, 500, None, b'[{"a":1}, {"b": 2}, {"c":3}]')
    assert original_of(buried(post, "identity.missing", 1))[1] == b'[{"b": 2}]'


@pytest.mark.parametrize(
    "code", ["encoding.invalid", "json.invalid", "json.limits", "internal.error"]
)
def test_where_nothing_of_a_record_came_through_all_of_it_goes_back(code: str) -> None:
    post = Record(POSTS, 0, 5, 500, None, b'[{"a":1}, {"b": 2}]')
    assert original_of(buried(post, code))[1] == post.value


def test_an_item_that_is_not_there_is_not_replayed() -> None:
    with pytest.raises(NotReplayable, match="no item 2"):
        original_of(buried(Record(POSTS, 0, 5, 500, None, b'[{"a":1}]'), "schema.invalid", 2))


def test_what_was_left_out_is_not_replayed_unless_it_was_found() -> None:
    letter = buried(form(b"x" * 3 * LARGEST_RECORD))
    assert letter.left_out == ["value"]
    with pytest.raises(NotReplayable, match="its value did not fit"):
        original_of(letter)
    assert original_of(completed(letter, buried(form())))[1] == b"{"


def test_a_key_that_was_left_out_is_not_made_up() -> None:
    record = Record(FORMS, 0, 1, 500, b"k" * 3 * LARGEST_RECORD, b"{")
    with pytest.raises(NotReplayable, match="its value and key did not fit"):
        original_of(buried(record))


def test_what_no_input_takes_is_not_replayed() -> None:
    with pytest.raises(NotReplayable, match="larger than"):
        original_of(buried(form(b"x" * (LARGEST_RECORD - 200))))


@pytest.mark.parametrize("topic", ["leads.activity.v1", "leads.account-activity.v1", "elsewhere"])
def test_a_header_does_not_choose_a_topic_that_is_none_of_the_inputs(topic: str) -> None:
    with pytest.raises(NotReplayable, match="input topic"):
        original_of(buried(Record(topic, 0, 1, 500, None, b"{")))


@pytest.mark.parametrize(
    "name", ["__connect.errors.offset", "lead-router-item", "lead-router-error-code"]
)
@pytest.mark.parametrize("value", [b"", b"-1", b"1e3", b"\xff", b"9" * 30])
def test_what_intake_did_not_write_is_no_letter(name: str, value: bytes) -> None:
    record = buried(form()).record
    headers = tuple((one, value if one == name else told) for one, told in record.headers)
    letter = letter_of(msgspec.structs.replace(record, headers=headers))
    assert letter is None or (name == "lead-router-error-code" and value)


async def test_a_letter_that_intake_repeated_is_one_and_what_nobody_buried_is_none() -> None:
    one, other = buried(form()).record, buried(Record(FORMS, 3, 13, 500, None, b"{")).record
    strange = Record("leads.dead-letter.v1", 0, 8, 1_000, None, b"written by hand")
    told = await found(one, strange, other, one)
    assert [letter.origin.offset for letter in told] == [12, 13]


async def test_a_value_that_was_left_out_is_that_of_another_item_of_its_record() -> None:
    post = Record(POSTS, 0, 5, 500, None, b'[{"a":1}, {"b": 2}]')
    first = buried(post, "identity.missing", 0).record
    gone = ("lead-router-left-out-value", b"19")
    second = buried(post, "identity.missing", 1).record
    second = msgspec.structs.replace(second, value=None, headers=(*second.headers, gone))
    other = msgspec.structs.replace(
        buried(form(None)).record, headers=(*buried(form()).record.headers, gone)
    )
    last = frozenset({Place(POSTS, 0, 5, 1)})
    (letter,) = await found(first, second, places=last)
    assert original_of(letter)[1] == b'[{"b": 2}]'
    _, strange = await found(first, other)
    with pytest.raises(NotReplayable):
        original_of(strange)


LARGE = Record(
    POSTS, 0, 5, 500, b"k" * 100_000, b"[" + b"1," * 99 + b"1]", (("theirs", b"h" * 100_000),)
)
"""A post of a hundred bad items, whose first letters are whole, whose last ones hold nothing of it."""


def letters_of_large() -> list[Record]:
    items = [DeadLetter("schema.invalid", "not an object", item) for item in range(100)]
    return [lying(one, offset) for offset, one in enumerate(dead_letters_of(LARGE, items))]


async def test_headers_and_key_that_were_left_out_are_those_of_another_item_too() -> None:
    records = letters_of_large()
    assert (records[99].key, records[99].value) == (None, None)
    (letter,) = await found(*records, places=frozenset({Place(POSTS, 0, 5, 99)}))
    assert letter.left_out == ["value", "headers", "key"]
    key, value, headers = original_of(letter)
    assert (key, value, headers[0]) == (LARGE.key, b"[1]", LARGE.headers[0])
    assert headers[1:] == (
        ("lead-router-attempt", b"1"),
        (REPLAY_OF, b"leads.raw.sendgrid.v1/0/5/99"),
    )


async def test_of_a_letter_whose_original_is_nowhere_it_is_said_what_is_lacking() -> None:
    records = letters_of_large()
    (bare,) = await found(records[99])
    with pytest.raises(NotReplayable, match="its value and headers and key did not fit"):
        original_of(bare)
    (keyed, bare) = await found(records[60], records[99])
    assert (keyed.code, keyed.origin.item, keyed.lacking) == (
        "schema.invalid",
        60,
        frozenset({"value", "headers"}),
    )
    for letter in (keyed, bare):
        with pytest.raises(NotReplayable, match="its value and headers did not fit"):
            original_of(letter)


async def test_a_senders_header_that_looks_like_ours_leaves_nothing_out() -> None:
    letter = buried(form(headers=(("lead-router-left-out-all", b"1"), *THEIRS)))
    assert original_of(letter)[2][0] == ("lead-router-left-out-all", b"1")
