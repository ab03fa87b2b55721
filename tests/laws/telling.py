"""Telling a history to `decide`, or to something in its place that is wrong on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import strategies as st

from schemas.spine import Told
from tests.laws.histories import histories
from tests.laws.policies import any_policy
from worker.lifecycle.decide import Decision, decide
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.outcomes import Outcome
from worker.lifecycle.record import Lead

Decide = Callable[[Policy, Lead | None, str, Any], Decision]
Life = tuple[Policy, list[Told]]


@st.composite
def lives(draw: st.DrawFn, policies: st.SearchStrategy[Policy] | None = None) -> Life:
    """A policy, and a history that speaks of its statuses and of one or several products."""
    policy = draw(any_policy() if policies is None else policies)
    one: list[str | None] = [None]
    products = draw(st.sampled_from([one, [None, "alpha", "beta"]]))
    return policy, draw(histories(list(policy.statuses), products))


def fold(
    policy: Policy, history: list[Any], by: Decide = decide, lead_id: str = "lead"
) -> tuple[Lead, list[Outcome]]:
    """Returns the lead after a history, and what was published; a lead nobody spoke of is an empty one."""
    lead, outcomes = Lead(), []
    for _, decision in steps(policy, history, by, lead_id):
        lead = decision.lead or lead
        outcomes += decision.outcomes
    return lead, outcomes


def steps(
    policy: Policy, history: list[Any], by: Decide = decide, lead_id: str = "lead"
) -> Iterator[tuple[Lead | None, Decision]]:
    """Yields the lead before each activity, and the decision."""
    lead: Lead | None = None
    for activity in history:
        decision = by(policy, lead, lead_id, activity)
        yield lead, decision
        lead = decision.lead


def bytes_of(outcomes: list[Outcome]) -> list[bytes]:
    """Returns outcomes as they are published."""
    return [outcome.encoded() for outcome in outcomes]
