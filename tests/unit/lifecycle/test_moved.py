"""A policy that lacks a status says where its leads go; they go at the next thing that happens to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.spine import CallDisposed, LeadCreated, PageVisited
from worker.lifecycle.deadlines import fire_deadlines
from worker.lifecycle.decide import decide
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.record import NEVER, Lead
from worker.presets import load

DAY = 86_400_000
WITHOUT_ENGAGED = """
extends = "inside-sales"
name = "no-engaged"
disabled = ["engaged"]
"""
ELSEWHERE = """
extends = "hand-raiser"
name = "elsewhere"
[moved]
engaged = "sql"
"""


@pytest.fixture(params=[(WITHOUT_ENGAGED, "connected"), (ELSEWHERE, "sql")])
def policy_and_home(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Policy, str]:
    text, home = request.param
    path = tmp_path / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return load(str(path)), home


def engaged() -> Lead:
    found = LeadCreated(event_id="1", source="crm", at=1, content=1, origin="sales_generated")
    lead = decide(load("inside-sales"), None, "lead", found).lead
    assert lead is not None
    assert lead.lifecycles["*"].status == "engaged"
    return lead


def test_a_lead_moves_before_its_next_activity_is_decided(
    policy_and_home: tuple[Policy, str],
) -> None:
    policy, home = policy_and_home
    visit = PageVisited(event_id="2", source="web", at=2, content=2)
    decision = decide(policy, engaged(), "lead", visit)
    change = decision.outcomes[0].value
    assert (change["from_status"], change["to_status"]) == ("engaged", home)
    assert (change["rule"], change["cause"]["type"]) == ("moved", "web-visit")
    assert decision.lead is not None
    assert decision.lead.lifecycles["*"].status == home
    kinds = [one.value["kind"] for one in decision.outcomes if one.type == "handoff"]
    assert kinds in ([], [f"engaged_to_{home}"])


def test_what_happens_is_decided_where_the_lead_has_moved_to(
    policy_and_home: tuple[Policy, str],
) -> None:
    policy, home = policy_and_home
    no = CallDisposed(
        event_id="2", source="crm", at=2, content=2, outcome="connected", sentiment="negative"
    )
    changes = [
        outcome.value
        for outcome in decide(policy, engaged(), "lead", no).outcomes
        if outcome.type == "status-change"
    ]
    assert [change["to_status"] for change in changes] == [home, "disqualified"]


def test_a_deadline_of_the_old_status_moves_the_lead_too(
    policy_and_home: tuple[Policy, str],
) -> None:
    policy, home = policy_and_home
    lead = engaged()
    (change, *_) = fire_deadlines(policy, lead, "lead", 31 * DAY)
    assert (change.value["to_status"], change.value["rule"]) == (home, "moved")
    assert lead.lifecycles["*"].due < NEVER
