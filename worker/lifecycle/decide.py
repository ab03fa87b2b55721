"""`decide`: one activity of one lead, and what comes of it. The only place from which a status changes."""

from __future__ import annotations

from typing import Literal

import msgspec

from schemas.account_log import Membership
from schemas.spine import (
    AccountUpdated,
    CallDisposed,
    DeadlineReached,
    FormSubmitted,
    LeadCreated,
    OwnershipRequested,
    StatusRequested,
    Told,
)
from schemas.vocabulary import ANY_PRODUCT, Intent, Relationship
from worker.lifecycle.answers import answered
from worker.lifecycle.contactability import heed
from worker.lifecycle.counting import count
from worker.lifecycle.deadlines import fire_deadlines
from worker.lifecycle.explain import Began, Step, tried
from worker.lifecycle.facts import Situation
from worker.lifecycle.learn import learn
from worker.lifecycle.outcomes import Outcome, Turn, cause_of
from worker.lifecycle.plan import Policy, Rule
from worker.lifecycle.points import engagement_at, give_points
from worker.lifecycle.record import MOST_LIFECYCLES, Lead, Lifecycle
from worker.lifecycle.repeats import remember
from worker.lifecycle.requests import (
    fulfil,
    refuse_another_product,
    refuse_conflict,
    refuse_ownership,
)
from worker.lifecycle.signals import ACCOUNT_HEARD, SILENT, Signals, signals_of
from worker.lifecycle.stay import heed_activity
from worker.lifecycle.transition import Change, change_status, settle

Happened = Told | DeadlineReached
"""What can happen to a lead."""
Verdict = Literal["applied", "duplicate", "refused", "ignored", "waiting"]


class Decision(msgspec.Struct, frozen=True):
    """The lead afterwards (None where nothing is known of it), what to publish, and what became of the activity.

    `memberships` tell accounts whom they lose and win; `released` is what became of activities that had waited.
    """

    lead: Lead | None
    outcomes: list[Outcome]
    verdict: Verdict
    memberships: tuple[Membership, ...] = ()
    released: tuple[Verdict, ...] = ()


def decide(  # noqa: PLR0913 - what is known of the world comes with the activity, never by itself
    policy: Policy,
    lead: Lead | None,
    lead_id: str,
    activity: Happened,
    *,
    relationship: Relationship | None = None,
    trials: list[Step] | None = None,
) -> Decision:
    """Folds one activity into a lead; the lead given is not changed.

    `relationship` is what the account is to us that the activity brings, None where it brings none or nobody said so.
    `trials` collects what was tried on the way.
    """
    match activity:
        case DeadlineReached(due=due):
            return _decide_deadline(policy, lead, lead_id, due, trials)
        case AccountUpdated(account_id=account) if lead is None or (
            lead.profile.account_id != account
        ):
            return Decision(lead, [], "ignored")
    after = Lead() if lead is None else lead.unshared()
    repeated = "new" if isinstance(activity, AccountUpdated) else remember(after, activity)
    if repeated == "duplicate":
        return Decision(lead, [], "duplicate")
    outcomes = fire_deadlines(policy, after, lead_id, activity.at, trials)
    after.clock = max(after.clock, activity.at)
    if repeated == "conflict":
        outcomes += _refused_conflict(policy, after, lead_id, activity)
        return Decision(after, outcomes, "refused")
    heard = learn(after, activity, relationship)
    turn = Turn(policy, lead_id, after, activity)
    refused = _apply(turn, activity, trials, heard=heard)
    return Decision(after, outcomes + turn.outcomes, "refused" if refused else "applied")


def _decide_deadline(
    policy: Policy, lead: Lead | None, lead_id: str, due: int, trials: list[Step] | None
) -> Decision:
    if lead is None or lead.earliest_due() > due:
        return Decision(lead, [], "ignored")
    after = lead.unshared()
    return Decision(after, fire_deadlines(policy, after, lead_id, due, trials), "applied")


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


def _apply(turn: Turn, activity: Told, trials: list[Step] | None, *, heard: bool) -> bool:
    """Folds a new event into contactability and each lifecycle it speaks to; True where one of them refused it.

    News of the account concern every lifecycle of the lead, whichever product the event speaks of.
    """
    lead = turn.lead
    if trials is not None:
        trials.append(Began(cause_of(activity, turn.now)))
    heed(turn, activity)
    addressed = _addressed(lead, activity.product)
    refused = len(lead.lifecycles) >= MOST_LIFECYCLES and addressed[0] not in lead.lifecycles
    if refused:
        refuse_another_product(turn)
        addressed = []
    for product in sorted({*addressed, *lead.lifecycles}) if heard else addressed:
        news = heard
        if product not in lead.lifecycles:
            lead.lifecycles[product] = Lifecycle()
            news = lead.relationship is not None
        settle(turn, product)
        if product not in addressed:
            _try_rules(turn, product, ACCOUNT_HEARD, _situation(turn, product, activity), trials)
        elif isinstance(activity, StatusRequested | OwnershipRequested):
            refused |= not _ask(turn, product, activity, trials, news=news)
        else:
            _fold(turn, product, activity, trials, ACCOUNT_HEARD if news else SILENT)
    return refused


def _ask(
    turn: Turn,
    product: str,
    request: StatusRequested | OwnershipRequested,
    trials: list[Step] | None,
    *,
    news: bool,
) -> bool:
    """Answers what a person asks of one lifecycle, once its account has had its say; True where it is granted."""
    moved = news and _try_rules(
        turn, product, ACCOUNT_HEARD, _situation(turn, product, request), trials
    )
    if isinstance(request, StatusRequested):
        return fulfil(turn, product, request, trials, moved=moved)
    if moved or not _fold(turn, product, request, trials):
        refuse_ownership(turn, product, request)
        return False
    return True


def _fold(
    turn: Turn, product: str, activity: Told, trials: list[Step] | None, also: Signals = SILENT
) -> bool:
    """Folds an activity into one lifecycle: answers, points, counters, stay, then the rules; True where one matched."""
    policy, lifecycle = turn.policy, turn.lead.lifecycles[product]
    in_talks = policy.status(lifecycle.status).in_talks
    signals = signals_of(activity, _intent(policy, activity), in_talks=in_talks)
    if answers := answered(activity):
        lifecycle.answers = {**lifecycle.answers, **answers}
    if also:
        signals |= also
    if not signals:
        return False
    situation = _situation(turn, product, activity)
    give_points(turn, lifecycle, signals, situation)
    if "attempt" in signals:
        lifecycle.attempts += 1
    count(policy.counters, lifecycle, signals, turn.now)
    heed_activity(policy, lifecycle, signals, turn.now)
    return _try_rules(turn, product, signals, situation, trials)


def _situation(turn: Turn, product: str, activity: Told) -> Situation:
    policy, lifecycle = turn.policy, turn.lead.lifecycles[product]
    return Situation(
        turn.lead,
        policy.traits,
        lifecycle,
        activity,
        _intent(policy, activity),
        engagement=lambda: engagement_at(policy, lifecycle, turn.now),
        fit=turn.fit,
    )


def _intent(policy: Policy, activity: Told) -> Intent | None:
    if isinstance(activity, FormSubmitted):
        return activity.intent or policy.intent_of(activity.form_id)
    return None


def _try_rules(
    turn: Turn, product: str, signals: Signals, situation: Situation, trials: list[Step] | None
) -> bool:
    """Changes the status by the first rule whose conditions hold and whose target no lock bars, if there is one."""
    policy, lifecycle = turn.policy, turn.lead.lifecycles[product]
    if trials is not None:
        trials += tried(policy, product, lifecycle, signals, situation)
    barred = policy.barred(lifecycle.locks) if lifecycle.locks else frozenset()
    for rule in policy.rules_for(signals, lifecycle.status):
        if rule.to not in barred and rule.condition.holds(situation):
            change_status(turn, product, _change_by(turn, rule))
            return True
    return False


def _change_by(turn: Turn, rule: Rule) -> Change:
    """Returns the change a rule makes, with the reason and the details that the activity brings."""
    reason, given = rule.reason, dict(rule.given)
    match turn.activity:
        case CallDisposed(reason=str(said)) if rule.reason_of_call:
            reason = said if said in turn.policy.status(rule.to).reasons else rule.reason
        case LeadCreated(worked_with=str(who)):
            given = {"worked_with": who} | given
    return Change(rule.to, rule.id, reason, given)
