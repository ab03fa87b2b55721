"""A status may need fields: from the request or known before, and a lacking answer is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.spine import CallDisposed, LeadCreated, Scalar, StatusRequested
from worker.lifecycle.decide import decide
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.outcomes import Outcome
from worker.lifecycle.record import Lead
from worker.presets import load

POLICY = """
extends = "inside-sales"
name = "asks-for-budget"

[status.potential_deal]
requires = ["budget"]
details = ["budget"]
"""


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    path = tmp_path / "policy.toml"
    path.write_text(POLICY, encoding="utf-8")
    return load(str(path))


def engaged(policy: Policy) -> Lead | None:
    found = LeadCreated(event_id="1", source="crm", at=1, content=1, origin="sales_generated")
    return decide(policy, None, "lead", found).lead


def ask(policy: Policy, lead: Lead | None, **fields: Scalar) -> Outcome:
    request = StatusRequested(
        event_id="3",
        source="crm",
        at=3,
        content=3,
        status="potential_deal",
        by_team="sales",
        fields=fields,
    )
    return decide(policy, lead, "lead", request).outcomes[0]


@pytest.mark.parametrize("fields", [{}, {"budget": "no"}, {"budget": 0}, {"size": "large"}])
def test_a_request_without_what_the_status_needs_is_refused(
    policy: Policy, fields: dict[str, Scalar]
) -> None:
    refusal = ask(policy, engaged(policy), **fields)
    assert (refusal.type, refusal.value["code"]) == ("refusal", "field.missing")
    assert "budget" in refusal.value["message"]


def test_what_the_request_brings_goes_into_the_details(policy: Policy) -> None:
    change = ask(policy, engaged(policy), budget="20k")
    assert change.value["details"] == {"budget": "20k"}


@pytest.mark.parametrize("said,outcome", [("20k", "status-change"), ("unknown", "refusal")])
def test_what_was_answered_before_counts_if_it_has_substance(
    policy: Policy, said: str, outcome: str
) -> None:
    call = CallDisposed(
        event_id="2",
        source="crm",
        at=2,
        content=2,
        outcome="failed",
        qualification={"budget": said},
    )
    lead = decide(policy, engaged(policy), "lead", call).lead
    assert ask(policy, lead).type == outcome
