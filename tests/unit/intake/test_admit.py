"""The bytes of a record in, its items out: faults in their order, and whatever else somebody may send."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import EVENTS
from tests.unit.intake.events import AT, AT_MS, LEAST, NAMED, code
from worker.intake.adapters.vendors import TABLES
from worker.intake.admit import admit

FAULTS_BY_RANK: list[tuple[str, dict[str, Any]]] = [
    ("schema.invalid", {"seconds": "9"}),
    ("envelope.mismatch", {"event_id": "another"}),
    ("time.missing_offset", {"occurred_at": "2026-03-01T09:30:00"}),
    ("time.past", {"occurred_at": "1999-03-01T09:30:00Z"}),
    ("identity.missing", {"lead_id": None}),
]


@pytest.mark.parametrize("first", range(len(FAULTS_BY_RANK)))
def test_of_several_faults_the_first_is_named(first: int) -> None:
    told: dict[str, Any] = {**NAMED}
    for _, wrong in reversed(FAULTS_BY_RANK[first:]):
        told |= wrong
    assert code("web-visit", told, headers=[("ce_id", b"e-1")]) == FAULTS_BY_RANK[first][0]


keys = st.sampled_from(
    [
        *LEAST["crm-update"],
        "email",
        "phone",
        "kind",
        "fields",
        "qualification",
        "outcome",
        "form_id",
        "consent",
        "seconds",
    ]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.just(AT)
    | st.just("created")
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=8),
    max_leaves=16,
)


@given(st.sampled_from([*EVENTS]), trees, st.sampled_from([*LEAST]))
def test_no_json_makes_the_door_fail(kind: str, tree: object, other: str) -> None:
    for told in (tree, {**LEAST[other], **tree} if isinstance(tree, dict) else [tree]):
        raw = orjson.dumps(told, default=str) if _fits(told) else b"{"
        assert len(admit(kind, raw, [("ce_id", b"\xff"), ("ce_x", None)], 0)) == 1
        assert len(admit(kind, raw, (), AT_MS, strict=True)) == 1


def _fits(told: object) -> bool:
    try:
        orjson.dumps(told)
    except TypeError:
        return False
    return True


@given(
    st.sampled_from([*EVENTS]),
    st.binary(max_size=80),
    st.lists(st.tuples(st.text(max_size=12), st.binary(max_size=12) | st.none()), max_size=3),
)
def test_no_bytes_make_the_door_fail(
    kind: str, raw: bytes, headers: list[tuple[str, bytes | None]]
) -> None:
    assert len(admit(kind, raw, headers, AT_MS)) == 1
    structured = [("content-type", b"application/cloudevents+json"), *headers]
    assert len(admit(kind, raw, structured, AT_MS)) == 1


WORDS = ["event", "timestamp", "email", "reason", "type", "event_type", "form_response", "answers", "field", "ref",
         "hidden", "definition", "fields", "properties", "results", "hs_call_status", "hs_timestamp", "events",
         "filteredEvent", "created", "recipient", "id", "lead_id", "subscriptions", "status", "form_response_partial",
         "open", "OPEN", "form_response", "STATUSCHANGE", "text", "choices", "COMPLETED"]  # fmt: skip
words = st.sampled_from(WORDS)
things = st.recursive(
    scalars | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=6),
    max_leaves=16,
)


@given(st.sampled_from([*TABLES]), things)
def test_no_body_makes_an_adapter_fail(kind: str, body: object) -> None:
    if _fits(body):
        told = admit(kind, orjson.dumps(body), (), AT_MS)
        assert [item.item for item in told] == list(range(len(told)))
