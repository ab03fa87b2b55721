"""Typeform's responses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.intake.adapters.posted import event, fate, items, lead_id, message


def answer(kind: str, value: object, **field: object) -> dict[str, Any]:
    return {"type": kind, kind: value, "field": {"type": "short_text", **field}}


def response(*answers: object, **told: object) -> dict[str, Any]:
    form = {
        "form_id": "Qx7",
        "token": "tok-1",
        "submitted_at": "2026-03-01T09:30:00Z",
        "definition": {
            "id": "Qx7",
            "fields": [{"id": "q1", "ref": "job_title"}, {"id": "q2"}, None],
        },
        "answers": [answer("email", "Zoë@Example.com", id="q9"), *answers],
        **told,
    }
    return {"event_id": "ev-1", "event_type": "form_response", "form_response": form}


def test_a_response_is_a_form_submission() -> None:
    told = message(
        "typeform",
        response(
            answer("text", "CTO", id="q1"),
            answer("text", "Zoë", id="x", ref="first_name"),
            answer("number", 250, id="y", ref="employees"),
            answer("phone_number", "+49 30 901820", id="z"),
            answer("choice", {"label": "10k"}, ref="budget"),
            answer("boolean", True, ref="permission"),
            hidden={
                "lead_source": "fair",
                "utm_campaign": "spring",
                "company": "Acme",
                "first_name": "hidden",
            },
        ),
    )
    assert (told.form_id, told.event_id, told.source, told.campaign) == (
        "Qx7",
        "tok-1",
        "typeform",
        "spring",
    )
    assert told.at == 1_772_357_400_000
    assert told.answers == {"budget": "10k", "permission": True}
    assert told.profile == {
        "email": "zoë@example.com",
        "phone": "+4930901820",
        "first_name": "Zoë",
        "job_title": "CTO",
        "company": "Acme",
        "employees": 250,
        "lead_source": "fair",
    }


@pytest.mark.parametrize(
    "kind, value, told",
    [
        ("text", "日本 😀", "日本 😀"),
        ("number", 5, 5),
        ("number", 5.5, 5.5),
        ("number", "5", "5"),
        ("boolean", False, False),
        ("date", "2026-03-01", "2026-03-01"),
        ("url", "https://example.com", "https://example.com"),
        ("file_url", "https://example.com/f", "https://example.com/f"),
        ("choice", {"label": "London"}, "London"),
        ("choice", {"other": "Oslo"}, "Oslo"),
        ("choices", {"labels": ["London", "Oslo"]}, "London, Oslo"),
        ("choices", {"labels": ["London"], "other": "Oslo"}, "London, Oslo"),
        ("a type of tomorrow", "kept", "kept"),
    ],
)
def test_an_answer_is_kept_under_its_questions_reference(
    kind: str, value: object, told: object
) -> None:
    fields = event("typeform", response(answer(kind, value, ref="question"))).event["fields"]
    assert fields["question"] == told


@pytest.mark.parametrize(
    "odd",
    [
        None,
        7,
        {},
        {"type": "text"},
        {"type": 3, "3": "x"},
        answer("payment", {"amount": "10", "last4": "1234"}, ref="paid"),
        answer("choices", {"labels": None}, ref="none"),
        {"type": "text", "text": "nobody asked"},
    ],
)
def test_an_odd_answer_harms_no_other(odd: object) -> None:
    assert event("typeform", response(odd)).event["fields"] == {
        "q9": "Zoë@Example.com",
        "email": "Zoë@Example.com",
    }


def test_a_reference_wins_over_the_type_and_an_answer_over_a_hidden_field() -> None:
    told = response(
        answer("email", "boss@example.com", ref="manager"),
        answer("text", "zoe@example.org", ref="email"),
        hidden={"email": "old@example.com", "manager": "x"},
    )
    assert lead_id("typeform", told) == "email:zoe@example.org"
    assert event("typeform", told).event["fields"]["manager"] == "boss@example.com"


def test_lead_id_travels_as_a_hidden_field() -> None:
    assert lead_id("typeform", response(hidden={"lead_id": "L-1"})) == "L-1"
    assert lead_id("typeform", response(hidden={"lead_id": ""})) == "email:zoë@example.com"
    assert "lead_id" not in event("typeform", response(hidden={"lead_id": "L-1"})).event["fields"]


def test_a_number_is_text_where_the_profile_holds_text() -> None:
    assert (
        message("typeform", response(answer("number", 4711, ref="account_id"))).profile[
            "account_id"
        ]
        == "4711"
    )


def test_a_response_is_named_by_its_token_else_by_the_delivery_else_by_itself() -> None:
    named = [
        event("typeform", told).event["event_id"]
        for told in (response(), response(token=None), {**response(token=None), "event_id": None})
    ]
    assert named[:2] == ["tok-1", "ev-1"]
    assert len(named[2]) == 32


@pytest.mark.parametrize(
    "told, expected",
    [
        (
            {**response(), "event_type": "form_response_partial"},
            "typeform: partial: the form was not sent",
        ),
        (response(response_type="started"), "typeform: partial: the form was not sent"),
        ({**response(), "event_type": "form_abandoned"}, "schema.invalid"),
        ({**response(), "event_type": None}, "schema.invalid"),
        ({**response(), "form_response": None}, "schema.invalid"),
        (response(submitted_at=None), "schema.invalid"),
        (response(submitted_at=1_772_357_400), "schema.invalid"),
        (response(submitted_at="2026-03-01T09:30:00"), "time.missing_offset"),
        (response(answers=None), "identity.missing"),
        (response(answers={"email": "zoe@example.com"}), "identity.missing"),
    ],
)
def test_what_is_no_whole_response(told: dict[str, Any], expected: str) -> None:
    assert fate("typeform", told) == expected


@pytest.mark.parametrize(
    "key, odd, kept",
    [
        ("employees", answer("choice", {"label": "51-200"}), None),
        ("employees", answer("text", "about 50"), None),
        ("employees", answer("text", " 50 "), 50),
        ("employees", answer("number", 250.5), None),
        ("employees", answer("number", 250.0), 250),
        ("employees", answer("number", -3), None),
        ("employees", answer("text", "9" * 19), None),
        ("employees", answer("boolean", True), None),
        ("company", answer("boolean", False), None),
        ("company", answer("number", 3.5), "3.5"),
        ("phone", answer("number", 4930901820), "4930901820"),
    ],
)
def test_what_the_profile_cannot_hold_costs_the_response_nothing_else(
    key: str, odd: dict[str, Any], kept: object
) -> None:
    odd["field"]["ref"] = key
    told = message("typeform", response(odd, answer("text", "Zoë", ref="first_name")))
    assert told.profile.get(key) == kept
    assert told.profile["first_name"] == "Zoë"
    (hidden,) = (value for name, value in odd.items() if name not in {"type", "field"})
    if not isinstance(hidden, dict):
        assert message("typeform", response(hidden={key: hidden})).profile.get(key) == kept


def test_an_answer_keeps_any_scalar() -> None:
    odd = [answer("boolean", True, ref="budget"), answer("number", 2.5, ref="size")]
    assert message("typeform", response(*odd)).answers == {"budget": True, "size": 2.5}


@pytest.mark.parametrize("placeholder", ["_____", "xxxxx", "_", ""])
def test_what_stands_in_a_hidden_field_that_was_not_handed_over_is_nothing(
    placeholder: str,
) -> None:
    keys = ("lead_id", "employees", "company", "campaign", "utm_campaign", "budget")
    told = response(hidden=dict.fromkeys(keys, placeholder))
    assert lead_id("typeform", told) == "email:zoë@example.com"
    assert message("typeform", told).profile == {"email": "zoë@example.com"}
    assert (message("typeform", told).campaign, message("typeform", told).answers) == (None, {})
    kept = {"lead_id": "x_x", "utm_campaign": "xxx", "campaign": placeholder}
    told = message("typeform", response(hidden=kept))
    assert told.campaign == "xxx"


def test_an_unusable_text_does_not_stand_before_the_persons_own() -> None:
    told = response(
        answer("text", "the usual one", ref="email"),
        answer("text", "030 901820", ref="phone"),
        answer("phone_number", "+4930901820", ref="p"),
    )
    assert message("typeform", told).profile == {
        "email": "zoë@example.com",
        "phone": "+4930901820",
    }
    alone = response(answer("text", "the usual one", ref="email"), hidden={"lead_id": "L-1"})
    alone["form_response"]["answers"].pop(0)
    assert message("typeform", alone).profile == {"email": "the usual one"}


def test_one_object_or_an_array() -> None:
    assert len(items("typeform", [response(), response(token="tok-2")])) == 2
    assert items("typeform", []) == []


def test_each_field_says_where_it_came_from() -> None:
    found_at = event(
        "typeform", response(answer("text", "CTO", id="q1"), hidden={"plan": "pro"})
    ).found_at
    assert found_at == {
        "source": "the table",
        "event_id": "form_response.token",
        "occurred_at": "form_response.submitted_at",
        "form_id": "form_response.form_id",
        "fields.q9": "form_response.answers.0.email",
        "fields.job_title": "form_response.answers.1.text",
        "fields.email": "form_response.answers.0.email",
        "fields.plan": "form_response.hidden.plan",
    }
