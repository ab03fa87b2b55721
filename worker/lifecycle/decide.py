"""`decide`: one activity of one lead, and what comes of it. The only place from which a status changes."""

from __future__ import annotations

from typing import Literal

import msgspec

from schemas.account_log import Membership
from schemas.spine import (
    AccountUpdated,
    CallDisposed,
    DeadlineReached,
    LeadCreated,
    OwnershipRequested,
    StatusRequested,
    Told,
)
from schemas.vocabulary import ANY_PRODUCT, Relationship
from worker.lifecycle.answers import answered
from worker.lifecycle.contactability import heed
from worker.lifecycle.counting import count
from worker.lifecycle.deadlines import fire_deadlines
from worker.lifecycle.explain.notes import Began, Step, tried
from worker.lifecycle.language.facts import Situation
from worker.lifecycle.language.pieces import Rule
from worker.lifecycle.language.plan import NOTHING, Policy
from worker.lifecycle.learn import learn
from worker.lifecycle.outcomes import Outcome, Turn, cause_of
from worker.lifecycle.points import give_points
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
    if type(activity) is DeadlineReached:
        return _decide_deadline(policy, lead, lead_id, activity.due, trials)
    if type(activity) is AccountUpdated and (
        lead is None or lead.profile.account_id != activity.account_id
    ):
        return Decision(lead, [], "ignored")
    after = Lead() if lead is None else lead.unshared()
    repeated = "new" if type(activity) is AccountUpdated else remember(after, activity)
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
        if lead.lifecycles[product].status in turn.policy.moved:
            settle(turn, product)
        if product not in addressed:
            _hear(turn, product, trials)
        elif type(activity) is StatusRequested or type(activity) is OwnershipRequested:
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
    moved = news and _hear(turn, product, trials)
    if type(request) is StatusRequested:
        return fulfil(turn, product, request, trials, moved=moved)
    if moved or not _fold(turn, product, request, trials):
        refuse_ownership(turn, product, request)
        return False
    return True


def _hear(turn: Turn, product: str, trials: list[Step] | None) -> bool:
    """Lets news of the account move a lifecycle; True where a rule matched."""
    lifecycle = turn.lead.lifecycles[product]
    effects = turn.policy.effects_of(ACCOUNT_HEARD, lifecycle.status)
    return _try_rules(turn, product, effects.rules, _situation(turn, lifecycle), trials)


def _fold(
    turn: Turn, product: str, activity: Told, trials: list[Step] | None, also: Signals = SILENT
) -> bool:
    """Folds an activity into one lifecycle: answers, points, counters, stay, then the rules; True where one matched."""
    policy, lifecycle = turn.policy, turn.lead.lifecycles[product]
    if answers := answered(activity):
        lifecycle.answers = {**lifecycle.answers, **answers}
    in_talks = policy.status(lifecycle.status).in_talks
    signals = signals_of(activity, turn.intent, in_talks=in_talks)
    effects = policy.effects_of(signals | also if also else signals, lifecycle.status)
    if effects is NOTHING:
        return False
    situation = _situation(turn, lifecycle)
    give_points(turn, lifecycle, effects, situation)
    if effects.attempt:
        lifecycle.attempts += 1
    count(effects.counters, lifecycle, turn.now)
    heed_activity(policy, lifecycle, effects, turn.now)
    return _try_rules(turn, product, effects.rules, situation, trials)


def _situation(turn: Turn, lifecycle: Lifecycle) -> Situation:
    return Situation(
        turn.lead, turn.policy.traits, lifecycle, turn.activity, turn.intent, scores=turn
    )


def _try_rules(
    turn: Turn,
    product: str,
    rules: tuple[Rule, ...],
    situation: Situation,
    trials: list[Step] | None,
) -> bool:
    """Changes the status by the first rule whose conditions hold and whose target no lock bars, if there is one."""
    policy, locks = turn.policy, situation.lifecycle.locks
    if trials is not None:
        trials += tried(policy, product, rules, situation)
    barred = policy.barred(locks) if locks else frozenset()
    for rule in rules:
        if rule.to not in barred and rule.condition.holds(situation):
            change_status(turn, product, _change_by(turn, rule))
            return True
    return False


def _change_by(turn: Turn, rule: Rule) -> Change:
    """Returns the change a rule makes, with the reason and the details that the activity brings."""
    reason, given, activity = rule.reason, rule.given, turn.activity
    if rule.reason_of_call and type(activity) is CallDisposed:
        said = activity.reason
        reason = said if said in turn.policy.status(rule.to).reasons else rule.reason
    elif type(activity) is LeadCreated and activity.worked_with is not None:
        given = {"worked_with": activity.worked_with, **given}
    return Change(rule.to, rule.id, reason, given)
