"""`decide`: one activity of one lead, and what comes of it. The only place from which a status changes."""

from __future__ import annotations

from typing import Literal

import msgspec

from schemas.spine import (
    CallDisposed,
    DeadlineReached,
    FormSubmitted,
    LeadCreated,
    OwnershipRequested,
    StatusRequested,
    Told,
)
from schemas.vocabulary import ANY_PRODUCT
from worker.lifecycle.answers import answer
from worker.lifecycle.contactability import heed
from worker.lifecycle.explain import Trial, tried
from worker.lifecycle.facts import Situation
from worker.lifecycle.outcomes import Outcome, Turn
from worker.lifecycle.plan import Policy, Rule
from worker.lifecycle.points import give_points
from worker.lifecycle.record import ACTIVITY_TYPES, NEVER, RECENT_ACTIVITIES, Lead, Lifecycle
from worker.lifecycle.repeats import remember
from worker.lifecycle.requests import fulfil, refuse_conflict, refuse_ownership
from worker.lifecycle.signals import SILENT, Signals, signals_of
from worker.lifecycle.transition import Change, change_status, engagement_at, restart_stay

Verdict = Literal["applied", "duplicate", "refused", "ignored"]


class Decision(msgspec.Struct, frozen=True):
    """The lead afterwards (None where nothing is known of it), what to publish, and what became of the activity."""

    lead: Lead | None
    outcomes: list[Outcome]
    verdict: Verdict


def decide(
    policy: Policy,
    lead: Lead | None,
    lead_id: str,
    activity: Told | DeadlineReached,
    trials: list[Trial] | None = None,
) -> Decision:
    """Folds one activity into a lead; the lead given is not changed. `trials` collects the rules that were tried."""
    if isinstance(activity, DeadlineReached):
        return _decide_deadline(policy, lead, lead_id, activity.due)
    after = Lead() if lead is None else lead.unshared()
    outcomes = fire_deadlines(policy, after, lead_id, activity.at)
    repeated = remember(after, activity)
    if repeated == "duplicate":
        return Decision(lead, [], "duplicate")
    after.clock = max(after.clock, activity.at)
    if repeated == "conflict":
        outcomes += _refused_conflict(policy, after, lead_id, activity)
        return Decision(after, outcomes, "refused")
    _learn(after, activity)
    turn = Turn(policy, lead_id, after, activity)
    refused = _apply(turn, activity, trials)
    return Decision(after, outcomes + turn.outcomes, "refused" if refused else "applied")


def _decide_deadline(policy: Policy, lead: Lead | None, lead_id: str, due: int) -> Decision:
    if lead is None or lead.earliest_due() > due:
        return Decision(lead, [], "ignored")
    after = lead.unshared()
    return Decision(after, fire_deadlines(policy, after, lead_id, due), "applied")


def fire_deadlines(policy: Policy, lead: Lead, lead_id: str, until: int) -> list[Outcome]:
    """Changes `lead` by every deadline due at or before `until`, by due time and product."""
    outcomes: list[Outcome] = []
    while (due := lead.earliest_due()) <= until:
        lead.clock = due
        turn = Turn(policy, lead_id, lead, None)
        for product in sorted(lead.lifecycles):
            if lead.lifecycles[product].due == due:
                _end_stay(turn, product)
        outcomes += turn.outcomes
    return outcomes


def _end_stay(turn: Turn, product: str) -> None:
    lifecycle = turn.lead.lifecycles[product]
    stay = turn.policy.status(lifecycle.status).stay
    if stay is None:
        lifecycle.due = NEVER
        return
    reason = lifecycle.reason if stay.keep_reason else stay.reason
    change_status(turn, product, Change(stay.to, "deadline", reason))


def _refused_conflict(policy: Policy, lead: Lead, lead_id: str, activity: Told) -> list[Outcome]:
    """Refuses on each lifecycle addressed that exists; where none does, on the lead's own number."""
    turn = Turn(policy, lead_id, lead, activity)
    addressed = [p for p in _addressed(lead, activity.product) if p in lead.lifecycles]
    for product in addressed or [ANY_PRODUCT]:
        refuse_conflict(turn, product, activity.event_id)
    return turn.outcomes


def _addressed(lead: Lead, product: str | None) -> list[str]:
    """Returns the products an activity speaks to."""
    if product is not None:
        return [product]
    return sorted(lead.lifecycles) or [ANY_PRODUCT]


def _learn(lead: Lead, activity: Told) -> None:
    """Takes over what an event says of the person, and that it happened."""
    for name, value in activity.profile.items():
        setattr(lead.profile, name, value)
    happened = (ACTIVITY_TYPES.index(activity.topic_type), activity.at)
    lead.recent = (*lead.recent, happened)[-RECENT_ACTIVITIES:]


def _apply(turn: Turn, activity: Told, trials: list[Trial] | None) -> bool:
    """Folds a new event into contactability and each lifecycle it speaks to; True where one of them refused it."""
    lead = turn.lead
    heed(turn, activity)
    refused = False
    for product in _addressed(lead, activity.product):
        lead.lifecycles.setdefault(product, Lifecycle())
        if isinstance(activity, StatusRequested):
            refused |= not fulfil(turn, product, activity)
        else:
            refused |= not _fold(turn, product, activity, trials)
    return refused


def _fold(turn: Turn, product: str, activity: Told, trials: list[Trial] | None) -> bool:
    """Folds an activity into one lifecycle: points, counters, answers, then the first rule that matches."""
    policy, lifecycle = turn.policy, turn.lead.lifecycles[product]
    intent = None
    if isinstance(activity, FormSubmitted):
        intent = activity.intent or policy.intent_of(activity.form_id)
    status = policy.status(lifecycle.status)
    signals = signals_of(activity, intent, in_talks=status.in_talks)
    answer(lifecycle.answers, activity)
    if signals is SILENT:
        return True
    situation = Situation(
        turn.lead.profile,
        policy.traits,
        activity,
        intent,
        engagement=lambda: engagement_at(policy, lifecycle, turn.now),
        fit=turn.fit,
    )
    give_points(turn, lifecycle, signals, situation)
    if "attempt" in signals:
        lifecycle.attempts += 1
    if status.stay is not None and not status.stay.since.isdisjoint(signals):
        restart_stay(turn, lifecycle)
    if trials is not None:
        trials += tried(policy, product, lifecycle, signals, situation)
    rule = _first_match(policy, lifecycle, signals, situation)
    if rule is not None:
        change_status(turn, product, _change_by(turn, rule))
    elif isinstance(activity, OwnershipRequested):
        refuse_ownership(turn, product, activity)
        return False
    return True


def _first_match(
    policy: Policy, lifecycle: Lifecycle, signals: Signals, situation: Situation
) -> Rule | None:
    """Returns the first rule whose conditions hold and whose target no lock bars."""
    barred = policy.barred(lifecycle.locks) if lifecycle.locks else frozenset()
    for rule in policy.rules_for(signals, lifecycle.status):
        if rule.to not in barred and rule.holds(situation):
            return rule
    return None


def _change_by(turn: Turn, rule: Rule) -> Change:
    """Returns the change a rule makes, with the reason and the details that the activity brings."""
    reason, given = rule.reason, dict(rule.given)
    match turn.activity:
        case CallDisposed(reason=str(said)) if rule.reason_of_call:
            reason = said if said in turn.policy.status(rule.to).reasons else rule.reason
        case LeadCreated(worked_with=str(who)):
            given = {"worked_with": who} | given
    return Change(rule.to, rule.id, reason, given)
