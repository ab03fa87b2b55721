"""The oracle's own reading says of every item what the door makes of it, and names whatever is made of it instead."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from tests.corpus.cases import Case, cases
from tests.unit.ops.verify.agreeing import UNTIMED_MS, compared
from tests.unit.ops.verify.judging import judged
from tests.unit.ops.verify.town import Town, form
from topics.catalogue import INPUTS, RAW, name_of
from worker.lane.processor import Record
from worker.ops.traffic import Produced, history
from worker.ops.verify.decoder.fate import IGNORABLE, SOUND, UNREADABLE, codes_in
from worker.ops.verify.decoder.prints import VENDORS

NOON = 1_790_000_000_000
UNCERTAIN = {"json.invalid", "json.limits"}
"""What of a value beyond every patience nobody says which it is."""
CORPUS = cases()


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)
def test_the_door_makes_of_each_record_of_the_corpus_what_the_oracle_expects(case: Case) -> None:
    topic = name_of(case.kind)
    time = UNTIMED_MS if case.recorded_ms is None else case.recorded_ms
    record = Record(topic, 0, 0, time, None, case.value, case.headers)
    for fate in compared(topic, record, strict=case.strict):
        if topic not in VENDORS:
            codes = set(codes_in(fate.word)) if not fate.mark & SOUND else set()
            assert fate.mark & (SOUND | UNREADABLE)
            assert len(codes) <= 1 or codes == UNCERTAIN


@pytest.mark.parametrize("recorded_ms", [UNTIMED_MS, -1])
def test_nothing_lies_in_the_future_of_a_record_without_a_time(recorded_ms: int) -> None:
    value = (
        b'{"event_id": "e", "occurred_at": "9999-12-31T23:59:59Z", "lead_id": "l", "form_id": "f"}'
    )
    record = Record(name_of("form-submission"), 0, 0, recorded_ms, None, value)
    (fate,) = compared(record.topic, record)
    assert fate.mark & SOUND


@pytest.mark.parametrize("seconds, is_time", [(253_402_300_799, True), (253_402_300_800, False)])
def test_a_number_beyond_the_year_9999_is_no_time(seconds: int, is_time: bool) -> None:
    item = {"event": "open", "email": "ana@acme.example", "timestamp": seconds}
    value, topic = json.dumps(item).encode(), name_of("raw.sendgrid")
    (fate,) = compared(topic, Record(topic, 0, 0, UNTIMED_MS, None, value))
    assert bool(fate.mark & SOUND) == is_time


@pytest.mark.parametrize(
    "code, other",
    [
        ("envelope.mismatch", {"event_id": "e-2"}),
        ("time.missing_offset", {"occurred_at": "2026-03-01T09:00:00"}),
        ("time.future", {"occurred_at": "2036-03-01T09:00:00Z"}),
        ("time.past", {"occurred_at": "1999-03-01T09:00:00Z"}),
        ("identity.missing", {"lead_id": None}),
    ],
)
@pytest.mark.parametrize("unknown", [{"colour": "red"}, {"consent": {"colour": "red"}}])
def test_where_one_is_strict_an_unknown_field_comes_before_other_faults(
    code: str, other: dict[str, str | None], unknown: dict[str, Any]
) -> None:
    plain = {"event_id": "e-1", "occurred_at": "2026-03-01T09:00:00Z", "lead_id": "l"}
    topic, headers = name_of("form-submission"), (("ce_id", b"e-1"),)

    def codes(event: dict[str, Any], *, strict: bool) -> list[str]:
        value = json.dumps({**plain, "form_id": "f", **other, **event}).encode()
        record = Record(topic, 0, 0, NOON, None, value, headers)
        (fate,) = compared(topic, record, strict=strict)
        assert not fate.mark & SOUND
        return codes_in(fate.word)

    for strict in (True, False):
        assert codes({}, strict=strict) == [code]
        assert set(codes(unknown, strict=strict)) == {code, "schema.invalid"}


@pytest.mark.parametrize("seed", [3, 4])
def test_the_door_makes_of_sample_traffic_what_the_oracle_expects(seed: int) -> None:
    marks: Counter[int] = Counter()
    for topic, key, value, headers, timestamp_ms in history(seed, 200, NOON):
        record = Record(topic, 0, 0, timestamp_ms, key, value, headers)
        marks.update(
            fate.mark & (SOUND | UNREADABLE | IGNORABLE) for fate in compared(topic, record)
        )
    assert marks[IGNORABLE] > 20
    assert marks[UNREADABLE] > 0
    assert marks[SOUND] > 0.9 * marks.total()
    assert not marks[0]


STRANGE = (
    b"",
    b"null",
    b"\xff",
    b"\xef\xbb\xbf{}",
    b"{} {}",
    b'{"a": NaN}',
    b'{"a": 1, "a": 2}',
    b'{"a": "\\ud800"}',
    b'{"a": 123456789012345678901234567890}',
    b'"text"',
    b"[]",
    b" \n[ ]",
    b"[[]]",
    b"[1, null, {}, []]",
    b"[{}, {}, {}]",
    b'[{"event": "processed"}, {"event": ["open"]}, {"a": 1, "a": 2}]',
    b"[" + b",".join([b"{}"] * 10_001) + b"]",
    b"[" * 40 + b"]" * 40,
    b'{"results": []}',
    b'{"results": [{}, 1], "events": [{}]}',
    b'{"events": {}}',
    b'{"a": "' + b"x" * 300_000 + b'"}',
    b"[" + b" " * 300_000 + b"]",
    b'{"properties": 1, "form_response": []}',
)
"""What strangers may put onto an input."""


def test_whatever_strangers_send_is_accounted_for() -> None:
    town = Town()
    topics = (*INPUTS, *RAW)
    town.produce(Produced(t.name, b"", body, (), 0) for t in topics for body in STRANGE)
    town.produce([form("ana")])
    town.come_to_rest()
    report = judged(town.logs)
    assert (report.verdict, report.first) == ("PASS", [])
    assert report.items["dead_letters"] > len(topics) * 10


@pytest.mark.parametrize(
    "value",
    [
        b'{"a": "\\ud800", "a": 1}',
        b'{"a": "\\ud800", "a": 1e999}',
        b'{"a": {"b": "\\ud800"}, "a": 1}',
    ],
)
def test_what_a_key_that_comes_again_holds_has_to_be_json_too(value: bytes) -> None:
    (fate,) = compared(name_of("web-visit"), Record(name_of("web-visit"), 0, 0, NOON, None, value))
    assert codes_in(fate.word) == ["json.invalid"]
