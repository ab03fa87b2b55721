"""Types and words: what a field may hold."""

from __future__ import annotations

from typing import Any

import pytest

from schemas import EVENTS
from tests.unit.intake.events import AT, LEAST, NAMED, activity, admitted, code, item
from worker.intake.items import AccountHeard, Admitted, DeadLetter


@pytest.mark.parametrize("kind", EVENTS)
def test_the_least_event_is_admitted(kind: str) -> None:
    assert isinstance(item(kind, LEAST[kind]), Admitted | AccountHeard)


SCHEMA: list[tuple[str, dict[str, Any]]] = [
    ("form-submission", {"form_id": None}),
    ("form-submission", {"form_id": 7}),
    ("form-submission", {"event_id": ""}),
    ("form-submission", {"event_id": "x" * 129}),
    ("form-submission", {"event_id": "two\nlines"}),
    ("form-submission", {"event_id": 12}),
    ("form-submission", {"event_id": None}),
    ("form-submission", {"form_id": ""}),
    ("form-submission", {"occurred_at": ""}),
    ("form-submission", {"source": "x" * 129}),
    ("form-submission", {"lead_id": "a\nb"}),
    ("form-submission", {"lead_id": "\x01policy"}),
    ("form-submission", {"product": "x" * 129}),
    ("form-submission", {"lead_id": "x" * 129}),
    ("form-submission", {"lead_id": 12}),
    ("form-submission", {"occurred_at": None}),
    ("form-submission", {"occurred_at": 1_772_357_400}),
    ("form-submission", {"occurred_at": "yesterday"}),
    ("form-submission", {"occurred_at": "2026-03-01"}),
    ("form-submission", {"occurred_at": "2026-03-01 09:30:00Z"}),
    ("form-submission", {"occurred_at": "2026-02-30T09:30:00Z"}),
    ("form-submission", {"occurred_at": "2026-03-01T24:00:00Z"}),
    ("form-submission", {"occurred_at": "2026-03-01T24:00:00.5z"}),
    ("form-submission", {"occurred_at": "2026-03-01T09:30:60Z"}),
    ("form-submission", {"occurred_at": "2026-02-28T23:59:60Z"}),
    ("form-submission", {"occurred_at": "2016-12-31T23:59:60+01:00"}),
    ("form-submission", {"occurred_at": "2016-12-31T23:59:61Z"}),
    ("form-submission", {"occurred_at": "0000-13-01T00:00:00Z"}),
    ("form-submission", {"occurred_at": "2026-03-01T09:30:00+24:00"}),
    ("form-submission", {"occurred_at": "2026-03-01T09:30Z"}),
    ("form-submission", {"occurred_at": "\uff12026-03-01T09:30:00Z"}),
    ("form-submission", {"occurred_at": f"{AT}\n"}),
    ("form-submission", {"intent": "curiosity"}),
    ("form-submission", {"product": 1}),
    ("form-submission", {"fields": ["a"]}),
    ("form-submission", {"fields": {"tags": ["a"]}}),
    ("form-submission", {"fields": {"company": 3}}),
    ("form-submission", {"fields": {"first_name": True}}),
    ("form-submission", {"fields": {"employees": True}}),
    ("form-submission", {"fields": {"employees": -1}}),
    ("form-submission", {"fields": {"employees": 12.5}}),
    ("form-submission", {"fields": {"employees": 12.0}}),
    ("form-submission", {"fields": {"employees": "-1"}}),
    ("form-submission", {"fields": {"employees": "1,000"}}),
    ("form-submission", {"fields": {"employees": "9223372036854775808"}}),
    ("form-submission", {"fields": {"employees": "١٢"}}),
    ("form-submission", {"consent": True}),
    ("form-submission", {"consent": {"email": "yes"}}),
    ("form-submission", {"consent": {"email": 1}}),
    ("email-engagement", {"kind": "seen"}),
    ("email-engagement", {"kind": "bounced"}),
    ("email-engagement", {"kind": "bounced", "bounce": ""}),
    ("email-engagement", {"kind": "bounced", "occurred_at": "2026-03-01T09:30:00"}),
    ("email-engagement", {"kind": "bounced", "bounce": "firm"}),
    ("email-engagement", {"automated": "true"}),
    ("email-engagement", {"automated": 1}),
    ("call-disposition", {"outcome": None}),
    ("call-disposition", {"sentiment": "glad"}),
    ("call-disposition", {"follow_up_at": "2026-03-02T10:00:00"}),
    ("call-disposition", {"follow_up_at": "soon"}),
    ("call-disposition", {"expected_close_on": "2026-03-02T10:00:00Z"}),
    ("call-disposition", {"expected_close_on": "2026-02-30"}),
    ("call-disposition", {"expected_close_on": 20260302}),
    ("call-disposition", {"qualification": {"budget": {"eur": 1}}}),
    ("call-disposition", {"qualification": []}),
    ("call-disposition", {"duration_seconds": "60"}),
    ("call-disposition", {"duration_seconds": True}),
    ("call-disposition", {"direction": "sideways"}),
    ("crm-update", {"action": None}),
    ("crm-update", {"action": 1}),
    ("crm-update", {"action": "erased"}),
    ("crm-update", {"action": "merged"}),
    ("crm-update", {"action": "unmerged"}),
    ("crm-update", {"by_team": None}),
    ("crm-update", {"by_team": "finance"}),
    ("crm-update", {"action": "created"}),
    ("crm-update", {"action": "created", "origin": "dream"}),
    ("crm-update", {"action": "status_requested", "by_team": "sales"}),
    ("crm-update", {"action": "status_requested", "status": "mql", "by_team": None}),
    ("crm-update", {"action": "status_requested", "status": "mql", "fields": {"follow_up_at": "2026-03-02T10:00:00"}}),
    ("crm-update", {"action": "status_requested", "status": "mql", "fields": {"expected_close_on": "soon"}}),
    ("crm-update", {"action": "status_requested", "by_team": "sales", "status": ""}),
    ("crm-update", {"action": "consent_changed"}),
    ("crm-update", {"action": "consent_changed", "consent": ""}),
    ("crm-update", {"action": "profile_updated", "fields": {"email": 1}}),
    ("account-update", {"account_id": None}),
    ("account-update", {"account_id": ""}),
    ("account-update", {"account_id": "x" * 1001}),
    ("account-update", {"relationship": "friend"}),
    ("account-update", {"event_id": None}),
    ("web-visit", {"seconds": "9"}),
    ("web-visit", {"category": 1}),
]  # fmt: skip


@pytest.mark.parametrize("kind, wrong", SCHEMA)
def test_a_wrong_type_or_word_is_a_schema_fault(kind: str, wrong: dict[str, Any]) -> None:
    assert code(kind, {**LEAST[kind], **wrong}) == "schema.invalid"


@pytest.mark.parametrize("told", [[], [LEAST["web-visit"]], "text", 7, None, True])
def test_what_is_no_object_is_a_schema_fault(told: object) -> None:
    assert code("web-visit", told) == "schema.invalid"


def test_unknown_fields_are_counted_and_refused_only_when_strict() -> None:
    told = {
        **LEAST["call-disposition"],
        "mood": 1,
        "qualification": {"budget": "yes", "weather": "fine"},
        "consent": {"email": True},
    }
    assert admitted("call-disposition", told).unknown == 3
    assert activity("call-disposition", told).qualification == {"budget": "yes"}
    assert code("call-disposition", told, strict=True) == "schema.invalid"
    assert (
        code("call-disposition", {**told, "occurred_at": "2026-03-01T09:30:00"}, strict=True)
        == "schema.invalid"
    )
    assert code("call-disposition", LEAST["call-disposition"], strict=True) is None


def test_strict_leaves_a_forms_own_fields_alone() -> None:
    told = {**LEAST["form-submission"], "fields": {"utm_term": "x", "answer_7": 3}}
    assert code("form-submission", told, strict=True) is None


SECRET = "hush-hush@example.com"


@pytest.mark.parametrize(
    "kind, told",
    [
        *((kind, {**LEAST[kind], **wrong, "action": SECRET}) for kind, wrong in SCHEMA[:20]),
        ("form-submission", {**LEAST["form-submission"], "fields": {SECRET: [1]}}),
        ("form-submission", {**LEAST["form-submission"], "intent": SECRET}),
        ("crm-update", {**LEAST["crm-update"], "action": SECRET}),
        ("crm-update", {**LEAST["crm-update"], SECRET: [SECRET], "by_team": SECRET}),
        ("web-visit", {**NAMED, "occurred_at": SECRET}),
        ("web-visit", {**NAMED, "event_id": f"{SECRET}\n"}),
        ("web-visit", {**NAMED, "lead_id": None, "email": f"@{SECRET}"}),
    ],
)
def test_a_dead_letters_message_repeats_nothing_of_the_sender(
    kind: str, told: dict[str, Any]
) -> None:
    letter = item(kind, told, strict=True)
    assert isinstance(letter, DeadLetter)
    assert SECRET not in letter.message
    assert len(letter.message) < 200


def test_a_message_names_the_field_and_what_is_expected() -> None:
    letter = item("email-engagement", {**NAMED, "kind": "seen"})
    assert isinstance(letter, DeadLetter)
    assert letter.message.startswith("kind: Input should be 'delivered', 'opened'")
