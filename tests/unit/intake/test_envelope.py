"""Three envelopes in: what they fill in, and where they contradict."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.intake.events import AT, AT_MS, NAMED, activity, code, item
from worker.intake.items import DeadLetter

STRUCTURED = [("content-type", b"application/cloudevents+json; charset=utf-8")]
UNNAMED = {"lead_id": "L-1", "category": "pricing"}
BINARY = [
    ("ce_specversion", b"1.0"),
    ("ce_id", b"e-1"),
    ("ce_source", b"test"),
    ("ce_time", AT.encode()),
    ("ce_type", b"leads.web-visit.v1"),
]


def structured(data: object, **attributes: object) -> dict[str, Any]:
    named = {
        "specversion": "1.0",
        "id": "e-1",
        "source": "test",
        "time": AT,
        "type": "leads.web-visit.v1",
    }
    return {**named, **attributes, "data": data}


def test_all_three_envelopes_say_the_same() -> None:
    bare = activity("web-visit", {**NAMED, "category": "pricing"})
    assert activity("web-visit", UNNAMED, BINARY) == bare
    assert activity("web-visit", structured(UNNAMED), STRUCTURED) == bare
    assert activity("web-visit", {**NAMED, "category": "pricing"}, BINARY) == bare
    assert bare.at == AT_MS


def test_null_in_the_body_leaves_the_word_to_the_envelope() -> None:
    nulls = {**UNNAMED, "event_id": None, "source": None, "occurred_at": None}
    assert activity("web-visit", nulls, BINARY).event_id == "e-1"


@pytest.mark.parametrize(
    "header", [("ce_id", b"other"), ("ce_source", b"other"), ("ce_time", b"2026-03-01T09:30:01Z")]
)
def test_two_words_that_differ_are_a_mismatch(header: tuple[str, bytes]) -> None:
    assert code("web-visit", NAMED, [header]) == "envelope.mismatch"


def test_an_empty_word_says_nothing() -> None:
    assert code("web-visit", NAMED, [("ce_id", b""), ("ce_source", b""), ("ce_time", b"")]) is None
    assert activity("web-visit", {**NAMED, "source": ""}, BINARY).source == "test"
    assert code("web-visit", {**NAMED, "event_id": ""}, BINARY) == "schema.invalid"
    assert code("web-visit", UNNAMED, [("ce_id", b""), *BINARY[2:]]) == "schema.invalid"


def test_times_are_compared_as_instants() -> None:
    assert code("web-visit", NAMED, [("ce_time", b"2026-03-01T10:30:00.25+01:00")]) is None
    assert (
        code(
            "web-visit", {**NAMED, "occurred_at": "2026-03-01T09:30:00"}, [("ce_time", AT.encode())]
        )
        == "envelope.mismatch"
    )
    assert code("web-visit", NAMED, [("ce_time", b"some time")]) == "envelope.mismatch"


def test_the_envelopes_words_are_held_to_the_same_rules() -> None:
    assert (
        code("web-visit", UNNAMED, [*BINARY[:3], ("ce_time", b"2026-03-01T09:30:00")])
        == "time.missing_offset"
    )
    assert code("web-visit", UNNAMED, [*BINARY[:3], ("ce_time", b"noon")]) == "schema.invalid"
    assert code("web-visit", UNNAMED, [("ce_id", b"x" * 129), *BINARY[2:]]) == "schema.invalid"
    assert code("web-visit", UNNAMED, [("ce_id", b"\xff"), *BINARY[2:]]) == "schema.invalid"
    assert code("web-visit", UNNAMED, [("ce_id", None), *BINARY[2:]]) == "schema.invalid"


@pytest.mark.parametrize(
    "attributes, found",
    [
        ({"specversion": "0.3"}, "schema.unsupported_version"),
        ({"specversion": "2.0"}, "schema.unsupported_version"),
        ({"specversion": "1.1"}, None),
        ({"specversion": None}, None),
        ({"type": "leads.web-visit.v2"}, "schema.unsupported_version"),
        ({"type": "leads.form-submission.v3"}, "schema.unsupported_version"),
        ({"type": "leads.weather.v2"}, None),
        ({"type": "com.example.visited"}, None),
        ({"type": None}, None),
        ({"id": 7}, "schema.invalid"),
        ({"time": 1_772_357_400}, "schema.invalid"),
    ],
)
def test_another_version_is_not_read(attributes: dict[str, Any], found: str | None) -> None:
    assert code("web-visit", structured(UNNAMED, **attributes), STRUCTURED) == found
    if all(isinstance(told, str | None) for told in attributes.values()):
        headers = {
            **dict(BINARY),
            **{f"ce_{name}": told and told.encode() for name, told in attributes.items()},
        }
        assert code("web-visit", UNNAMED, [*headers.items()]) == found


@pytest.mark.parametrize(
    "told", [[], {"specversion": "1.0", "id": "e-1"}, structured([1]), structured(None)]
)
def test_a_structured_envelope_holds_an_object_under_data(told: object) -> None:
    assert code("web-visit", told, STRUCTURED) == "schema.invalid"


def test_depth_counts_from_the_envelope() -> None:
    deep: Any = 1
    for _ in range(15):
        deep = {"a": deep}
    assert code("web-visit", structured({**UNNAMED, "x": deep}), STRUCTURED) == "json.limits"


def test_headers_are_read_in_any_order_and_any_case() -> None:
    shuffled = [(name.upper(), told) for name, told in reversed(BINARY)]
    assert activity("web-visit", UNNAMED, shuffled) == activity("web-visit", UNNAMED, BINARY)


def test_of_several_mismatches_the_first_field_is_named_whatever_the_order_of_the_headers() -> None:
    headers = [("ce_source", b"other"), ("ce_id", b"other")]
    letter = item("web-visit", NAMED, headers)
    assert isinstance(letter, DeadLetter)
    assert letter.message == "event_id differs from the envelope's"
