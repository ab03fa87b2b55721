"""How much of a record its dead letters repeat, be they thousands."""

from __future__ import annotations

import orjson
import pytest

from tests.silent import Silent
from tests.unit.stream.test_intake import COUNTS, folded
from topics.settings import LARGEST_DEAD_LETTER
from worker.intake.admit import Door
from worker.lane.log import Message
from worker.lane.processor import Headers
from worker.stream.intake import Intake


def letters_of(body: bytes, headers: Headers = (), key: bytes = b"any") -> list[Message]:
    """Returns the dead letters that intake makes of a vendor's array."""
    intake = Intake("test", COUNTS, Door(), Silent())
    stage = folded(intake, "leads.raw.sendgrid.v1", body, headers, key)
    ((_, letters),) = stage.outcomes.items()
    return letters


def test_a_body_full_of_bad_items_repeats_itself_only_so_often() -> None:
    body = orjson.dumps([{"event": "?" * 200}] * 1000)
    letters = letters_of(body)
    values = [value for _, value, _ in letters]
    assert len(values) == 1000
    assert values[:30] == [body] * 30
    assert sum(len(value or b"") for value in values) <= 4 * LARGEST_DEAD_LETTER
    assert dict(letters[-1][2])["lead-router-left-out-value"] == str(len(body)).encode()


MUCH = 100_000


@pytest.mark.parametrize(
    "key, headers",
    [
        (b"any", ()),
        (b"k" * MUCH, ()),
        (b"any", (("theirs", b"h" * MUCH),)),
        (b"any", tuple(("", b"") for _ in range(MUCH // 4))),
        (b"k" * MUCH, (("theirs", b"h" * MUCH), ("null", None))),
        (b"any", (("theirs", b"h" * 9 * MUCH),)),
    ],
)
def test_no_part_of_a_record_is_repeated_by_all_of_ten_thousand_letters(
    key: bytes, headers: Headers
) -> None:
    body = b"[" + b",".join([b"1"] * 10_000) + b"]"
    letters = letters_of(body, headers, key)
    assert len(letters) == 10_000
    assert letters[0][:2] == (key, body)
    assert letters[0][2][: len(headers)] == headers
    size = sum(
        len(key or b"")
        + len(value or b"")
        + sum(10 + len(name) + len(told or b"") for name, told in headers)
        for key, value, headers in letters
    )
    assert size <= 3 * 4 * LARGEST_DEAD_LETTER + 10_000 * 1_000


def test_what_a_later_letter_repeats_no_more_is_told_in_it() -> None:
    headers = (("theirs", b"h" * MUCH),)
    body = b"[" + b",".join([b"1"] * 1_000) + b"]"
    letters = letters_of(body, headers, b"k" * MUCH)
    prefix = "lead-router-left-out-"
    left_out = [
        [name.removeprefix(prefix) for name, _ in told if name.startswith(prefix)]
        for *_, told in letters
    ]
    assert left_out[:41] == [[]] * 41
    assert left_out[41:83] == [["value", "headers"]] * 42
    assert left_out[83:] == [["value", "headers", "key"]] * 917
    told = dict(letters[-1][2])
    assert letters[-1][:2] == (None, None)
    assert told["lead-router-left-out-value"] == str(len(body)).encode()
    assert told["lead-router-left-out-headers"] == str(10 + len("theirs") + MUCH).encode()
    assert told["lead-router-left-out-key"] == str(MUCH).encode()
