"""Each law finds somebody who breaks it: `decide` with one thing wrong, in place of `decide`."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from schemas.spine import AccountUpdated, DeadlineReached
from tests.laws import laws
from tests.laws.laws import Law
from tests.laws.policies import FIXED
from tests.laws.telling import Life, lives
from worker.lifecycle.decide import Decision, decide
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.record import NEVER, Lead


def _changed(decision: Decision, **fields: Any) -> Decision:
    for outcome in decision.outcomes:
        if outcome.type == "status-change":
            outcome.value.update(fields)
    return decision


def begins_again(policy: Policy, lead: Lead | None, lead_id: str, activity: Any) -> Decision:
    return _changed(decide(policy, lead, lead_id, activity), from_status=None)


def makes_up_rules(policy: Policy, lead: Lead | None, lead_id: str, activity: Any) -> Decision:
    return _changed(decide(policy, lead, lead_id, activity), rule="a_hunch")


def says_no_phase(policy: Policy, lead: Lead | None, lead_id: str, activity: Any) -> Decision:
    return _changed(decide(policy, lead, lead_id, activity), to_phase=None)


def _touched(decision: Decision, **fields: Any) -> Decision:
    if decision.lead is not None:
        for lifecycle in decision.lead.lifecycles.values():
            for name, value in fields.items():
                setattr(lifecycle, name, value)
    return decision


def knows_no_end(policy: Policy, lead: Lead | None, lead_id: str, activity: Any) -> Decision:
    return _touched(decide(policy, lead, lead_id, activity), due=NEVER)


def opens_locks(policy: Policy, lead: Lead | None, lead_id: str, activity: Any) -> Decision:
    return _touched(decide(policy, lead, lead_id, activity), locks=())


def scores_a_half(policy: Policy, lead: Lead | None, lead_id: str, activity: Any) -> Decision:
    return _touched(decide(policy, lead, lead_id, activity), engagement=0.5)


def gives_a_thousandth(policy: Policy, lead: Lead | None, lead_id: str, activity: Any) -> Decision:
    return _touched(decide(policy, lead, lead_id, activity), engagement=1)


def counts_nothing(policy: Policy, lead: Lead | None, lead_id: str, activity: Any) -> Decision:
    return _touched(decide(policy, lead, lead_id, activity), counts={}, times={})


def forgets_events(policy: Policy, lead: Lead | None, lead_id: str, activity: Any) -> Decision:
    decision = decide(policy, lead, lead_id, activity)
    if decision.lead is not None:
        decision.lead.ring = b""
    return decision


def writes_into_the_lead(
    policy: Policy, lead: Lead | None, lead_id: str, activity: Any
) -> Decision:
    if lead is not None:
        lead.clock += 1
    return decide(policy, lead, lead_id, activity)


def asks_the_clock(policy: Policy, lead: Lead | None, lead_id: str, activity: Any) -> Decision:
    time.monotonic()
    return decide(policy, lead, lead_id, activity)


def loses_deadlines(policy: Policy, lead: Lead | None, lead_id: str, activity: Any) -> Decision:
    decision = decide(policy, lead, lead_id, activity)
    if isinstance(activity, DeadlineReached):
        return msgspec.structs.replace(decision, outcomes=[])
    return decision


class KeepsTheLastLead:
    """Takes who was spoken of last for who is spoken of now."""

    def __init__(self) -> None:
        self.last: str | None = None

    def __call__(self, policy: Policy, lead: Lead | None, lead_id: str, activity: Any) -> Decision:
        decision = decide(policy, lead, self.last or lead_id, activity)
        self.last = lead_id
        return decision


class TellsTheFirstMember:
    """Lets news of an account reach only who hears them first."""

    def __init__(self) -> None:
        self.heard: set[str] = set()

    def __call__(self, policy: Policy, lead: Lead | None, lead_id: str, activity: Any) -> Decision:
        if isinstance(activity, AccountUpdated):
            if activity.relationship in self.heard:
                return Decision(lead, [], "ignored")
            self.heard.add(activity.relationship)
        return decide(policy, lead, lead_id, activity)


BROKEN: list[tuple[Law, Any]] = [
    (laws.the_chain_is_unbroken, begins_again),
    (laws.every_change_names_its_rule, makes_up_rules),
    (laws.every_outcome_is_what_its_schema_says, says_no_phase),
    (laws.nobody_outstays_a_status, knows_no_end),
    (laws.what_is_locked_stays_shut, opens_locks),
    (laws.a_duplicate_changes_nothing, forgets_events),
    (laws.leads_do_not_meet, KeepsTheLastLead),
    (laws.members_may_be_told_in_any_order, TellsTheFirstMember),
    (laws.the_lead_given_is_not_changed, writes_into_the_lead),
    (laws.a_record_survives_storage, scores_a_half),
    (laws.anybody_may_tell_of_deadlines, loses_deadlines),
    (laws.no_clock_is_asked, asks_the_clock),
    (laws.scores_are_those_of_every_event, gives_a_thousandth),
    (laws.counters_are_those_of_every_event, counts_nothing),
]


@pytest.fixture(scope="module")
def some_lives() -> list[Life]:
    """Four hundred lives for all who are wrong, and as many under the policy that has locks, which few others have."""
    found: list[Life] = []

    @settings(max_examples=400, database=None, derandomize=True, phases=[Phase.generate])
    @given(lives(), lives(st.just(FIXED["inside-sales"])))
    def collect(life: Life, locked: Life) -> None:
        found.extend((life, locked))

    collect()
    return found


@pytest.mark.parametrize("law, wrong", BROKEN, ids=lambda part: part.__name__)
def test_a_law_finds_who_breaks_it(law: Law, wrong: Any, some_lives: list[Life]) -> None:
    def is_broken(life: Life) -> bool:
        try:
            law(*life, wrong() if isinstance(wrong, type) else wrong)
        except (AssertionError, TypeError, ValueError):
            return True
        return False

    broken = any(map(is_broken, some_lives))
    assert broken
