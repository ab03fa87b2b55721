"""Each record of the corpus becomes what its file says: at the door, and in `lead-router simulate`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, get_args

import msgspec
import pytest
from click.testing import CliRunner

from schemas.dead_letter import DeadLetterCode
from tests.corpus.cases import Case, cases, milliseconds
from topics.catalogue import INPUTS, RAW, kind_of
from worker.intake.admit import admit
from worker.intake.items import Admitted, DeadLetter, Ignored, Item
from worker.ops.cli import main

CASES = cases()
LEAST = 150
each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@each
def test_a_record_becomes_what_its_file_says(case: Case) -> None:
    items = admit(case.kind, case.value, case.headers, case.recorded_ms, strict=case.strict)
    assert [item.item for item in items] == list(range(len(case.items)))
    for item, expected in zip(items, case.items, strict=True):
        assert differences(item, expected) == []


@each
def test_a_record_is_read_the_same_again(case: Case) -> None:
    first, again = (
        admit(case.kind, case.value, case.headers, case.recorded_ms, strict=case.strict)
        for _ in range(2)
    )
    assert first == again


@pytest.mark.parametrize("case", [case for case in CASES if case.secrets], ids=lambda c: c.name)
def test_no_dead_letter_and_no_reason_repeats_what_was_sent(case: Case) -> None:
    items = admit(case.kind, case.value, case.headers, case.recorded_ms, strict=case.strict)
    assert case.shown_in(" ".join(filter(None, map(words_of, items)))) == []


def test_a_secret_that_is_shown_is_found_in_any_case_and_without_its_spaces() -> None:
    (case,) = (case for case in CASES if case.name == "hostile/form")
    assert case.shown_in("of ZOE.secret@hush.example and +493090187777") == [
        "+493090187777",
        "zoe.secret@hush.example",
    ]


@pytest.mark.parametrize("strict", [False, True])
def test_simulate_names_the_same_codes(strict: bool) -> None:
    told = [case for case in CASES if can_be_told(case) and case.strict == strict]
    lines = b"".join(line_of(case.kind, case.value or b"") for case in told)
    found: dict[int, list[str]] = defaultdict(list)
    for said in simulated(lines, *(["--strict"] if strict else [])):
        if said["type"] == "dead-letter":
            found[said["line"]].append(said["code"])
    expected = {case.name: case.offline_codes for case in told}
    assert {case.name: found[number] for number, case in enumerate(told, start=1)} == expected


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.outcomes is not None], ids=lambda c: c.name
)
def test_what_comes_of_it_is_what_its_file_says(case: Case) -> None:
    before = b"".join(line_of(case.kind, value) for value in case.before)
    lines = before + line_of(case.kind, case.value or b"")
    said = [in_words(line) for line in simulated(lines) if line["type"] != "dead-letter"]
    earlier = [in_words(line) for line in simulated(before) if line["type"] != "dead-letter"]
    assert said == [*earlier, *(case.outcomes or ())]


def test_the_corpus_has_every_kind_every_code_and_every_fate() -> None:
    items = [item for case in CASES for item in case.items]
    reachable = set(get_args(DeadLetterCode)) - {"internal.error"}
    assert len(CASES) >= LEAST
    assert {case.kind for case in CASES} == {kind_of(topic.name) for topic in (*INPUTS, *RAW)}
    assert {item["code"] for item in items if "code" in item} == reachable
    assert all(any(fate in item for item in items) for fate in ("lead_id", "account_id", "ignored"))


@pytest.mark.parametrize(
    "expected",
    [
        {"code": "json.invalid"},
        {"ignored": True},
        {"lead_id": "L-2"},
        {"lead_id": "L-1", "unknown": 1},
        {"lead_id": "L-1", "told": {"event_id": "other"}},
        {"lead_id": "L-1", "absent": ["event_id"]},
        {"lead_id": "L-1", "cleared": ["company"]},
    ],
)
def test_a_difference_is_found(expected: dict[str, Any]) -> None:
    (item,) = admit(
        "web-visit", b'{"event_id":"e","occurred_at":"2026-01-01T00:00:00Z","lead_id":"L-1"}'
    )
    assert differences(item, expected)


def differences(item: Item, expected: dict[str, Any]) -> list[str]:
    """Returns what an item is not that it should be."""
    match item:
        case DeadLetter():
            return [] if expected == {"code": item.code} else [f"a dead letter: {item.code}"]
        case Ignored():
            return [] if expected == {"ignored": True} else [f"ignored: {item.reason}"]
        case Admitted():
            whose, told = {"lead_id": item.lead_id}, item.activity
        case _:
            whose, told = {"account_id": item.account_id}, item.update
    wrong = [f"{key} is {value}" for key, value in whose.items() if expected.get(key) != value]
    if expected.get("unknown", item.unknown) != item.unknown:
        wrong.append(f"{item.unknown} unknown fields")
    return wrong + differences_on_the_spine(json.loads(msgspec.json.encode(told)), expected)


def differences_on_the_spine(told: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """Returns what an activity does not say that it should, and what it says that it should not."""
    wrong = [f"{name} is there" for name in expected.get("absent", ()) if name in told]
    for name, value in expected.get("told", {}).items():
        wanted = milliseconds(value) if isinstance(value, datetime) else value
        if told.get(name) != wanted:
            wrong.append(f"{name} is {told.get(name)!r}, not {wanted!r}")
    cleared = [key for key, value in told.get("profile", {}).items() if value is None]
    if cleared != expected.get("cleared", []):
        wrong.append(f"cleared: {cleared}")
    return wrong


def words_of(item: Item) -> str | None:
    """Returns what is said of an item where it is no lead's."""
    match item:
        case DeadLetter():
            return item.message
        case Ignored():
            return item.reason
    return None


def can_be_told(case: Case) -> bool:
    """Tells whether a record fits on a line of `simulate`: no headers, tombstones, or white space around."""
    value = case.value
    return value is not None and not case.headers and b"\n" not in value and value == value.strip()


def line_of(kind: str, value: bytes) -> bytes:
    return b'{"type": "%s", "value": %s}\n' % (kind.encode(), value)


def simulated(lines: bytes, *options: str) -> Sequence[dict[str, Any]]:
    done = CliRunner().invoke(main, ["simulate", *options], input=lines)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout_bytes.splitlines()]


def in_words(line: dict[str, Any]) -> str:
    """Returns an outcome as a file of the corpus names it."""
    value = line["value"]
    what = value.get("to_status") if line["type"] == "status-change" else value.get("kind")
    return f"{line['type']} {value.get('code', what)}"
