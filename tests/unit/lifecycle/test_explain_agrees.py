"""What explanations and standings claim is what the engine does, on sample traffic under every shipped policy."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from schemas import spine
from topics.catalogue import kind_of
from worker.intake.admit import admit
from worker.intake.items import Admitted
from worker.lifecycle.decide import decide
from worker.lifecycle.explain.causes import Explanation
from worker.lifecycle.explain.standing import standing
from worker.lifecycle.explain.weighing import all_of, weighed
from worker.lifecycle.language.facts import Situation
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.outcomes import Outcome, Turn
from worker.lifecycle.record import Lead, Lifecycle
from worker.ops.simulation import Simulation
from worker.ops.traffic import Produced, history
from worker.presets import NAMES, load

LEADS = 120
ENDS_AT = 1_790_000_000_000
NEWS = {"event_id": "new", "source": "test", "content": 1}


@cache
def records() -> list[Produced]:
    """Returns nine months of sample traffic, without the part that comes in envelopes."""
    produced = history(seed=11, leads=LEADS, ends_at=ENDS_AT)
    return [record for record in produced if record.is_bare]


def traffic() -> list[tuple[str, spine.Told]]:
    """Returns what intake makes of the traffic."""
    return [
        (item.lead_id, item.activity)
        for record in records()
        for item in admit(kind_of(record.topic), record.value)
        if isinstance(item, Admitted)
    ]


@cache
def lived(name: str) -> tuple[Simulation, list[Outcome], list[Explanation]]:
    """Returns the leads of the traffic after it, all outcomes, and all explanations."""
    simulation = Simulation(load(name), explain=True)
    outcomes = [
        outcome
        for record in records()
        for found in simulation.apply(kind_of(record.topic), record.value)
        if isinstance(found, list)
        for outcome in found
    ]
    outcomes += simulation.run_until(ENDS_AT)
    return simulation, outcomes, [explanation for _, explanation in simulation.explanations]


@pytest.mark.parametrize("name", NAMES)
def test_every_outcome_has_one_explanation_and_every_change_one_step(name: str) -> None:
    _, outcomes, explanations = lived(name)
    assert [one.value["event_id"] for one in outcomes] == [
        event_id for explanation in explanations for event_id in explanation.outcomes
    ]
    led_to = Counter(
        event_id
        for one in explanations
        for steps in (one.ended, one.asked, one.tried)
        for step in steps
        for event_id in step.led_to
    )
    expected = [
        one.value["event_id"]
        for one in outcomes
        if one.type in {"status-change", "handoff"}
        or (one.type == "refusal" and (one.value["asked"] or {}).get("status"))
    ]
    assert {event_id: led_to[event_id] for event_id in expected} == dict.fromkeys(expected, 1)
    assert len(expected) > LEADS


def situation_of(
    policy: Policy, lead: Lead, lifecycle: Lifecycle, activity: spine.Told
) -> Situation:
    return Situation(
        lead,
        policy.traits,
        lifecycle,
        activity,
        "action",
        scores=Turn(policy, "", lead, None),
    )


@pytest.mark.parametrize("name", NAMES)
def test_conditions_weigh_what_the_engine_says(name: str) -> None:
    simulation, _, explanations = lived(name)
    policy = simulation.policy
    compared = 0
    for lead_id, activity in traffic():
        lead = simulation.leads[lead_id]
        for lifecycle in lead.lifecycles.values():
            situation = situation_of(policy, lead, lifecycle, activity)
            for rule in policy.rules:
                told = all_of(weighed(policy, rule, situation))
                assert told is rule.condition.holds(situation), rule.id
                compared += 1
    assert compared > LEADS
    matched = [trial for one in explanations for trial in one.tried if trial.matched]
    assert all(one.holds for trial in matched for one in trial.met)


def acts(lead: Lead) -> list[tuple[spine.Told, str]]:
    """Returns two things a lead can do at its clock, each with the signal that rules wait for."""
    visit = spine.PageVisited(at=lead.clock, **NEWS)  # type: ignore[arg-type]
    form = spine.FormSubmitted(at=lead.clock, form_id="pricing", **NEWS)  # type: ignore[arg-type]
    return [(visit, "marketing_activity"), (form, "hand_raised")]


@pytest.mark.parametrize("name", NAMES)
def test_a_lead_that_acts_goes_where_its_standing_says(name: str) -> None:
    simulation, _, _ = lived(name)
    policy, went = simulation.policy, Counter[str]()
    lifecycles = [(key, p) for key, lead in simulation.leads.items() for p in lead.lifecycles]
    for lead_id, product in lifecycles:
        lead = simulation.leads[lead_id]
        ways = [
            (one.status, rule)
            for one in standing(policy, lead, product).next
            for rule in one.by_rule
            if not one.barred_by
        ]
        leads_to = {rule.rule: status for status, rule in ways}
        for activity, signal in acts(lead):
            sure = any(
                signal in rule.on and not (rule.missing or rule.of_activity or rule.behind)
                for _, rule in ways
            )
            changes = [
                outcome.value
                for outcome in decide(policy, lead, lead_id, activity).outcomes
                if outcome.type == "status-change" and outcome.value["product"] == product
            ]
            assert [leads_to[one["rule"]] for one in changes] == [c["to_status"] for c in changes]
            assert changes or not sure
            went.update(one["rule"] for one in changes)
    assert went
