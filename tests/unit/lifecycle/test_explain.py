"""Why outcomes came about: each cause says what was tried, and which of that led to which outcome."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from worker.ops.simulation import Simulation
from worker.presets import load

PRICING = {"type": "form-submission", "form_id": "pricing"}
EBOOK = {"type": "form-submission", "form_id": "ebook"}
MISSED = {"type": "call-disposition", "outcome": "no_answer"}


def pick(status: str, **fields: Any) -> dict[str, Any]:
    request = {"action": "status_requested", "status": status, "by_team": "inside_sales"}
    return {"type": "crm-update", **request, **fields}


def told(*events: dict[str, Any], policy: str = "inside-sales") -> list[dict[str, Any]]:
    """Returns the explanations of some events of one lead, each `day` days into March 2024, at 9."""
    simulation = Simulation(load(policy), explain=True)
    for place, event in enumerate(events):
        at = datetime(2024, 3, 1, 9, tzinfo=UTC) + timedelta(days=event.get("day", 0))
        common = {
            "event_id": str(place),
            "occurred_at": at.isoformat(),
            "lead_id": "lead",
        }
        fields = {name: value for name, value in event.items() if name not in {"day", "type"}}
        list(simulation.apply(event["type"], json.dumps(common | fields).encode()))
    return [msgspec.to_builtins(explanation) for _, explanation in simulation.explanations]


def test_rules_are_tried_in_order_and_say_what_they_found() -> None:
    (explanation,) = told({**EBOOK, "fields": {"employees": 900}})
    assert [trial["rule"] for trial in explanation["tried"]] == [
        "target_account",
        "scored",
        "first_activity",
    ]
    scored = explanation["tried"][1]
    assert scored["unmet"] == [{"fact": "score", "wanted": "at least 60", "found": 25.0}]
    assert "led_to" not in scored


def test_the_rule_that_matched_says_what_it_found_and_led_to() -> None:
    (explanation,) = told({**EBOOK, "fields": {"account_tier": "target"}})
    (matched,) = explanation["tried"]
    assert matched["met"] == [
        {"fact": "account_tier", "wanted": "target", "holds": True, "found": "target"}
    ]
    assert matched["led_to"] == explanation["outcomes"] == ["lead/*/1", "lead/*/2"]


def test_each_deadline_is_a_cause_of_its_own_before_the_activity_that_let_it_fire() -> None:
    _, deadline, call = told(PRICING, {**MISSED, "day": 20})
    assert deadline["cause"]["type"] == "deadline"
    assert deadline["ended"] == [
        {
            "product": "*",
            "status": "mql",
            "leg": 1,
            "lasts": "14 days",
            "to": "long_term_nurture",
            "reason": "not_followed_up",
            "led_to": ["lead/*/3", "lead/*/4"],
        }
    ]
    assert (call["cause"]["event_id"], call["outcomes"]) == ("1", [])


def test_a_part_of_a_stay_that_closes_a_channel_led_to_that() -> None:
    created = {"type": "crm-update", "action": "created", "origin": "import"}
    *_, gone_dark, silence, _late = told(
        created, {**EBOOK, "day": 200}, policy="hand-raiser-recycled"
    )
    assert gone_dark["ended"][0]["to"] == "recycled"
    assert silence["ended"] == [
        {
            "product": "*",
            "status": "recycled",
            "leg": 1,
            "lasts": "60 days",
            "since": ["email_opened"],
            "closes": "email",
            "reason": "no_engagement",
            "led_to": silence["outcomes"],
        }
    ]


@pytest.mark.parametrize(
    "request_,passed,failed",
    [
        (pick("nowhere"), 0, "status.unknown"),
        (pick("mql"), 1, "already_in_status"),
        (pick("inquiry"), 3, "status.not_selectable"),
        (pick("potential_deal"), 4, "transition.not_allowed"),
        (pick("rejected"), 5, "reason.missing"),
        (pick("engaged", reason="other"), 6, "reason.not_allowed"),
    ],
)
def test_a_refused_request_says_which_check_it_failed(
    request_: dict[str, Any], passed: int, failed: str
) -> None:
    _, explanation = told(PRICING, request_)
    (asked,) = explanation["asked"]
    assert (len(asked.get("passed", [])), asked["failed"]) == (passed, failed)
    assert asked["led_to"] == explanation["outcomes"] == ["lead/*/3"]
    assert asked["why"].startswith(f'"{asked["status"]}" was asked for by inside_sales, but')


def test_a_lock_bars_a_request_and_a_rule_by_its_name() -> None:
    locked = pick("rejected", reason="other"), pick("mql"), {**PRICING, "day": 3}
    _, granted, refused, raised = told(PRICING, *locked)
    assert "failed" not in granted["asked"][0]
    assert granted["asked"][0]["led_to"] == ["lead/*/3", "lead/*/4"]
    assert (refused["verdict"], refused["asked"][0]["failed"]) == ("refused", "lock.mql")
    assert raised["outcomes"] == raised.get("tried", []) == []


def test_a_rule_that_a_lock_bars_names_the_lock() -> None:
    away = {"type": "account-update", "account_id": "a", "relationship": "client", "day": 2}
    member = {**EBOOK, "fields": {"account_id": "a"}}
    left = away | {"relationship": "former_client", "day": 4}
    rejected = pick("rejected", reason="other")
    *_, hand = told(PRICING, rejected, member, away, left, {**PRICING, "day": 5})
    first = hand["tried"][0]
    assert (first["rule"], first["barred_by"]) == ("raised_hand", "mql")


def test_a_repeated_event_led_to_nothing_whatever_its_time_would_have_ended() -> None:
    once = {**PRICING, "event_id": "same"}
    _, again = told(once, once)
    assert (again["verdict"], again["outcomes"]) == ("duplicate", [])


def test_a_conflict_is_explained_by_its_refusal_alone() -> None:
    _, conflict = told(PRICING, {**EBOOK, "event_id": "0"})
    assert conflict["verdict"] == "refused"
    assert conflict["outcomes"] == ["lead/*/3"]
    assert conflict.keys() == {"cause", "verdict", "outcomes"}
