"""What is true of every history, under every policy that is shipped."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas
from schemas.spine import DeadlineReached, Told
from tests.laws.histories import DAY, histories
from tests.laws.reference import slow_engagement
from worker.lifecycle.compiler import reopened
from worker.lifecycle.deadlines import fire_deadlines
from worker.lifecycle.decide import decide
from worker.lifecycle.outcomes import Outcome
from worker.lifecycle.plan import Policy
from worker.lifecycle.record import NEVER, Lead, decode_lead, encode_lead
from worker.lifecycle.stay import running_leg
from worker.presets import NAMES, load

POLICIES = {name: load(name) for name in NAMES}
Life = tuple[Policy, list[Told]]
policies = st.sampled_from(sorted(POLICIES)).map(POLICIES.__getitem__)


@st.composite
def lives(draw: st.DrawFn) -> Life:
    policy = draw(policies)
    one: list[str | None] = [None]
    products = draw(st.sampled_from([one, [None, "alpha", "beta"]]))
    return policy, draw(histories(list(policy.statuses), products))


def fold(policy: Policy, history: list[Any]) -> tuple[Lead, list[Outcome]]:
    lead: Lead | None = None
    outcomes: list[Outcome] = []
    for activity in history:
        decision = decide(policy, lead, "lead", activity)
        lead = decision.lead
        outcomes += decision.outcomes
    assert lead is not None
    return lead, outcomes


@given(lives())
def test_seq_has_no_gap_and_the_chain_of_statuses_is_unbroken(
    life: Life,
) -> None:
    lead, outcomes = fold(*life)
    seqs: dict[str, int] = defaultdict(int)
    statuses: dict[str, str | None] = defaultdict(lambda: None)
    for outcome in outcomes:
        value = outcome.value
        seqs[value["product"]] += 1
        assert value["seq"] == seqs[value["product"]]
        assert value["event_id"] == f"lead/{value['product']}/{value['seq']}"
        if outcome.type == "status-change":
            assert value["from_status"] == statuses[value["product"]]
            statuses[value["product"]] = value["to_status"]
    assert dict(seqs) == {product: seq for product, seq in lead.seqs.items() if seq}
    for product, lifecycle in lead.lifecycles.items():
        assert lifecycle.status == statuses[product]


@given(lives())
def test_every_change_names_a_rule_and_time_never_runs_back(
    life: Life,
) -> None:
    policy, history = life
    _, outcomes = fold(policy, history)
    rules = {rule.id for rule in policy.rules} | {"deadline", "request"}
    times = [outcome.value["occurred_at"] for outcome in outcomes]
    assert times == sorted(times)
    assert {o.value["rule"] for o in outcomes if o.type == "status-change"} <= rules


@given(lives())
def test_every_outcome_is_what_its_schema_says(life: Life) -> None:
    _, outcomes = fold(*life)
    for outcome in outcomes:
        getattr(schemas, schemas.OUTCOMES[outcome.type]).model_validate_json(outcome.encoded())


@given(lives(), st.integers(min_value=0, max_value=3000))
def test_no_lead_outstays_its_status(life: Life, days: int) -> None:
    policy, history = life
    lead, _ = fold(policy, history)
    now = lead.clock + days * DAY
    fire_deadlines(policy, lead, "lead", now)
    for lifecycle in lead.lifecycles.values():
        leg = running_leg(policy, lifecycle)
        assert lifecycle.due > now
        ends = leg is not None and leg.span is not None
        assert (lifecycle.due < NEVER) == (
            ends and leg is not None and lifecycle.reason not in leg.except_reasons
        )


@given(lives())
def test_a_locked_lead_never_becomes_what_is_locked(life: Life) -> None:
    policy, history = life
    _, outcomes = fold(policy, history)
    for lock in policy.locks:
        shut: dict[str, bool] = defaultdict(bool)
        for outcome in outcomes:
            if outcome.type == "status-change":
                product, entered = outcome.value["product"], outcome.value["to_status"]
                assert not (shut[product] and entered in lock.bars)
                shut[product] = entered in lock.set_on or (
                    shut[product] and entered not in lock.lifted_on
                )


@given(lives(), st.data())
def test_a_repeated_event_changes_nothing(life: Life, data: st.DataObject) -> None:
    policy, history = life
    lead, _ = fold(policy, history)
    again = data.draw(st.sampled_from(history))
    decision = decide(policy, lead, "lead", again)
    assert decision.verdict == "duplicate"
    assert decision.outcomes == []
    assert decision.lead == lead


@given(lives())
def test_a_decision_leaves_the_lead_it_was_given_alone(life: Life) -> None:
    policy, history = life
    lead: Lead | None = None
    for activity in history:
        before = None if lead is None else encode_lead(lead)
        after = decide(policy, lead, "lead", activity).lead
        assert before == (None if lead is None else encode_lead(lead))
        lead = after


@given(lives())
def test_a_record_survives_storage_at_every_step(life: Life) -> None:
    policy, history = life
    straight, outcomes = fold(policy, history)
    lead: Lead | None = None
    stored: list[bytes] = []
    for activity in history:
        decision = decide(policy, lead, "lead", activity)
        assert decision.lead is not None
        value = encode_lead(decision.lead)
        assert int.from_bytes(value[:8], "big", signed=True) == decision.lead.earliest_due()
        lead = decode_lead(value)
        stored += [outcome.encoded() for outcome in decision.outcomes]
    assert lead is not None
    assert encode_lead(lead) == encode_lead(straight)
    assert stored == [outcome.encoded() for outcome in outcomes]


@given(lives(), st.booleans())
def test_it_does_not_matter_who_tells_that_a_deadline_came(life: Life, twice: bool) -> None:
    policy, history = life
    plain = [outcome.encoded() for outcome in fold(policy, history)[1]]
    told: list[bytes] = []
    lead: Lead | None = None
    for activity in history:
        while lead is not None and lead.earliest_due() <= activity.at:
            reached = DeadlineReached(due=lead.earliest_due())
            decision = decide(policy, lead, "lead", reached)
            told += [outcome.encoded() for outcome in decision.outcomes]
            lead = decision.lead
            if twice:
                assert decide(policy, lead, "lead", reached).verdict == "ignored"
        decision = decide(policy, lead, "lead", activity)
        told += [outcome.encoded() for outcome in decision.outcomes]
        lead = decision.lead
    assert told == plain


@given(lives())
def test_engagement_equals_a_reference_that_keeps_every_event(
    life: Life,
) -> None:
    policy, history = life
    unnamed = [activity for activity in history if activity.product is None]
    if unnamed:
        lead, _ = fold(policy, unnamed)
        assert lead.lifecycles["*"].engagement == slow_engagement(unnamed)


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_comes_back_from_the_spine_as_it_went(name: str) -> None:
    policy = load(name)
    assert reopened(policy.text).digest == policy.digest
    assert reopened(policy.text).text == policy.text
