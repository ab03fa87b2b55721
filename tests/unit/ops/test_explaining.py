"""Explanations and standings in words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from worker.lifecycle.explain.causes import Explanation
from worker.lifecycle.explain.notes import Asked, Ended, Trial
from worker.lifecycle.explain.standing import standing
from worker.lifecycle.explain.weighing import Weighed
from worker.lifecycle.language.conditions import Unmet
from worker.ops.explaining import told_standing, told_why
from worker.ops.simulation import Simulation
from worker.presets import load


def why(step: Trial | Asked | Ended) -> str:
    """Returns the one line that a cause with one step is told in."""
    kind = {Trial: "tried", Asked: "asked", Ended: "ended"}[type(step)]
    explanation = Explanation({"type": "web-visit"}, "applied", [], **{kind: [step]})  # type: ignore[arg-type]
    (line,) = told_why(explanation)
    return line


TIER = Unmet("account_tier", "target", None)
LARGE = Unmet("employees", "at least 50", 20)


@pytest.mark.parametrize(
    "step,line",
    [
        (
            Trial("*", "scored", "mql", unmet=[Unmet("score", "at least 60", 31.5), TIER]),
            "rule scored (to mql) did not match: score at least 60 (it is 31.5); account_tier target (it is unknown)",
        ),
        (
            Trial(
                "*", "fits", "mql", unmet=[Unmet("any", "one of these", None, [[LARGE], [TIER]])]
            ),
            (
                "rule fits (to mql) did not match: either employees at least 50 (it is 20) or account_tier target"
                " (it is unknown)"
            ),
        ),
        (
            Trial("*", "fits", "mql", unmet=[Unmet("in_profile", "true", False, [[LARGE]])]),
            "rule fits (to mql) did not match: in_profile true (employees at least 50 (it is 20))",
        ),
        (
            Trial("*", "raised", "mql", barred_by="mql"),
            "rule raised (to mql) did not match: the lock mql is closed",
        ),
        (
            Trial("*", "sure", "mql", unmet=[Unmet("answered", "budget", [])]),
            "rule sure (to mql) did not match: answered budget (it is nothing)",
        ),
        (
            Trial("*", "sure", "mql", unmet=[Unmet("not", "not form_id quote", True)]),
            "rule sure (to mql) did not match: not form_id quote",
        ),
        (
            Trial("*", "tried", "engaged", matched=True),
            "rule tried matched: it has no further conditions",
        ),
        (
            Trial(
                "*", "rich", "mql", matched=True, met=[Weighed("score", "at least 60", True, 72.5)]
            ),
            "rule rich matched: score at least 60 (it is 72.5)",
        ),
        (
            Ended("*", "mql", 1, "14 days", to="nurture", reason="went_cold"),
            "14 days in mql were over: it leads to nurture for went_cold",
        ),
        (
            Ended("*", "recycled", 1, "60 days", ["email_opened"], closes="email"),
            "60 days in recycled without email_opened were over: email is closed, the status stays",
        ),
        (Asked("*", "mql", "marketing"), "marketing may pick mql from here, and did"),
        (
            Asked("*", "mql", "sales", ["status.unknown", "already_in_status"], "lock.mql", "No."),
            "the request fails the check lock.mql, but passed status.unknown, already_in_status",
        ),
    ],
)
def test_a_step_is_one_line(step: Trial | Asked | Ended, line: str) -> None:
    assert why(step) == line


def test_a_repeat_says_that_it_is_one() -> None:
    explanation = Explanation({"type": "web-visit"}, "duplicate", [])
    assert list(told_why(explanation)) == [
        "it repeats an event that came before, and changes nothing"
    ]


def stands(policy: str, *events: dict[str, Any]) -> list[str]:
    """Returns how a lead stands after some events, all at 9 on March 1st 2024."""
    simulation = Simulation(load(policy))
    for place, event in enumerate(events):
        common = {"event_id": str(place), "occurred_at": "2024-03-01T09:00:00Z", "lead_id": "lead"}
        fields = {name: value for name, value in event.items() if name != "type"}
        list(simulation.apply(event["type"], json.dumps(common | fields).encode()))
    return list(told_standing(standing(simulation.policy, simulation.leads["lead"], "*")))


PRICING = {"type": "form-submission", "form_id": "pricing"}
WEBINAR = {"type": "form-submission", "form_id": "webinar", "email": "ana@acme.example"}


def test_what_is_missing_is_told_status_by_status() -> None:
    told = stands("profile-first", WEBINAR)
    assert told == [
        "[*] name, as of 2024-03-01T09:00",
        "    by itself: nothing (nothing is done with a name until more is known)",
        "    in_profile",
        (
            "        rule fits, on marketing_activity or profile_activity: missing in_profile true"
            " (role_of_decision true (it is false) and either employees at least 50 (it is unknown)"
            " or account_tier target (it is unknown))"
        ),
        "        marketing may pick it",
        "    mql",
        (
            "        rule interested, on marketing_activity or profile_activity: missing in_profile true"
            " (role_of_decision true (it is false) and either employees at least 50 (it is unknown)"
            " or account_tier target (it is unknown)); it takes interested true"
            " (either engagement at least 20 (it is 10.0) or an activity with intent action)"
        ),
        "    nothing leads from here to sal, sql, opportunity, nurture",
    ]


def test_what_comes_by_itself_what_is_shut_and_who_may_pick_is_told() -> None:
    rejected = {
        "type": "crm-update",
        "action": "status_requested",
        "status": "rejected",
        "by_team": "inside_sales",
        "reason": "other",
    }
    moved = rejected | {"status": "inquiry", "by_team": "operations", "reason": None}
    put_aside = moved | {"status": "not_applicable"}
    told = stands("inside-sales", PRICING, rejected, put_aside, moved)
    assert told[1] == (
        "    by itself: 2025-03-01T09:00, after 12 months, to long_term_nurture for no_recent_activity;"
        " marketing_activity begins it anew"
    )
    mql = told.index("    mql")
    assert told[mql + 1 : mql + 3] == [
        "        shut by the lock mql",
        "        rule raised_hand, on hand_raised: nothing is missing",
    ]
    assert '        marketing or operations may pick it, which says mql_type="route_around"' in told
    assert "    lock mql: mql is shut until the lead enters long_term_nurture" in told


def test_the_part_of_a_stay_that_comes_after_is_told() -> None:
    told = stands("hand-raiser-recycled", PRICING)
    assert told[1:3] == [
        (
            "    by itself: 2024-03-31T09:00, after 30 days, to disqualified for unable_to_reach;"
            " live_exchange ends it before"
        ),
        "        after that: after 90 days, to recycled for no_recent_activity; lead_acted begins it anew",
    ]
