"""When two events with the same id say the same."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.intake.events import LEAST, NAMED, activity

FORM = {**LEAST["form-submission"], "fields": {"company": "Acme", "seats": 5}, "product": "crm"}
CORRECTED = {**NAMED, "action": "profile_updated"}
CALL = {**LEAST["call-disposition"], "qualification": {"budget": "yes"}}


def content(kind: str, told: dict[str, Any]) -> int:
    content: int = activity(kind, told).content
    return content


def reversed_keys(told: dict[str, Any]) -> dict[str, Any]:
    return dict(reversed(told.items()))


@pytest.mark.parametrize(
    "kind, one, other",
    [
        ("form-submission", FORM, reversed_keys({**FORM, "fields": reversed_keys(FORM["fields"])})),
        ("form-submission", FORM, {**FORM, "campaign": None, "consent": None}),
        ("form-submission", FORM, {**FORM, "fields": {**FORM["fields"], "country": None}}),
        ("form-submission", FORM, {**FORM, "fields": {"company": "Acme", "seats": 5.0}}),
        ("form-submission", FORM, {**FORM, "colour": "blue"}),
        ("form-submission", FORM, {**FORM, "occurred_at": "2026-03-01T10:30:00.250999+01:00"}),
        ("form-submission", {**NAMED, "form_id": "x"}, {**NAMED, "form_id": "x", "fields": {}}),
        ("form-submission", {**FORM, "fields": {"employees": 250}}, {**FORM, "fields": {"employees": "250"}}),
        ("form-submission", {**FORM, "consent": {"email": True}}, {**FORM, "consent": {"email": True, "phone": None}}),
        ("email-engagement", LEAST["email-engagement"], {**LEAST["email-engagement"], "automated": False}),
        ("call-disposition", CALL, {**CALL, "follow_up_at": None}),
        ("call-disposition", {**CALL, "duration_seconds": 60}, {**CALL, "duration_seconds": 60.0}),
    ],
)  # fmt: skip
def test_the_same_is_told_however_it_is_written(
    kind: str, one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert content(kind, one) == content(kind, other)


@pytest.mark.parametrize(
    "kind, one, other",
    [
        ("form-submission", FORM, {**FORM, "campaign": "spring"}),
        ("form-submission", FORM, {**FORM, "product": None}),
        ("form-submission", FORM, {**FORM, "occurred_at": "2026-03-01T09:30:00.251Z"}),
        ("form-submission", FORM, {**FORM, "fields": {**FORM["fields"], "seats": 6}}),
        ("form-submission", FORM, {**FORM, "fields": {**FORM["fields"], "seats": "5"}}),
        ("form-submission", FORM, {**FORM, "fields": {**FORM["fields"], "mine": 1}}),
        ("form-submission", FORM, {**FORM, "consent": {"email": False}}),
        ("call-disposition", CALL, {**CALL, "qualification": {"budget": "yes", "need": None}}),
        ("call-disposition", {**CALL, "duration_seconds": 60}, {**CALL, "duration_seconds": 60.5}),
        ("crm-update", CORRECTED, {**CORRECTED, "fields": {"company": None}}),
    ],
)  # fmt: skip
def test_something_else_is_told(kind: str, one: dict[str, Any], other: dict[str, Any]) -> None:
    assert content(kind, one) != content(kind, other)


def test_the_number_is_the_same_for_ever() -> None:
    assert content("form-submission", FORM) == 7724279310002120292
