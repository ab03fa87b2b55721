"""Where a lead stands with one product: what each next status still lacks, and what will happen by itself when."""

from __future__ import annotations

import msgspec

from schemas.spine import Scalar
from schemas.vocabulary import lacks
from worker.lifecycle.calendar import rfc3339, text_of
from worker.lifecycle.explain.weighing import Weighed, document_of, weighed
from worker.lifecycle.language.facts import Situation
from worker.lifecycle.language.pieces import Pick, Rule, Status
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.language.words import NEW
from worker.lifecycle.outcomes import Turn
from worker.lifecycle.record import NEVER, Lead, Lifecycle
from worker.lifecycle.stay import reason_of


class ByRule(msgspec.Struct, frozen=True, omit_defaults=True):
    """A rule that leads to a status, and the activities `on` which it is tried.

    `met` are its conditions that hold, `missing` those that do not, `of_activity` those that the activity has to meet.
    `behind` names a rule above it that would take every such activity as the lead stands.
    """

    rule: str
    on: list[str]
    met: list[Weighed] = []
    missing: list[Weighed] = []
    of_activity: list[Weighed] = []
    behind: str | None = None


class ByPick(msgspec.Struct, frozen=True, omit_defaults=True):
    """Teams that may pick a status: for one of these `reasons` if there are any, with these `fields` not yet known."""

    teams: list[str]
    reasons: list[str] = []
    fields: list[str] = []
    sets: dict[str, Scalar] = {}


class Next(msgspec.Struct, frozen=True, omit_defaults=True):
    """A status that the lead can enter next: by which rules (the first that matches), by which picks, `by_itself` when.

    `barred_by` names the locks that keep rules and picks from it for now.
    """

    status: str
    by_rule: list[ByRule] = []
    by_pick: list[ByPick] = []
    by_itself: str | None = None
    barred_by: list[str] = []


class Leg(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a stay: how long it `lasts`, which activities begin it anew or end it, and what comes then.

    One that does not last has in `without_end` why.
    """

    lasts: str | None = None
    restarted_by: list[str] = []
    ended_by: list[str] = []
    to: str | None = None
    closes: str | None = None
    reason: str | None = None
    without_end: str | None = None


class Shut(msgspec.Struct, frozen=True):
    """A lock that is closed: what it bars, and the statuses that lift it."""

    lock: str
    bars: list[str]
    lifted_on: list[str]


class Standing(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a lead stands as of its clock; `status` None is a lead that nobody has classified.

    `due_at` is when `leg`, the part of the stay that runs, is over; `then` is the part after it. `moved_to` is where a
    lead goes at the next thing that happens to it because the policy in force has its status no more. `no_way` are the
    statuses that nothing leads to from here.
    """

    product: str
    status: str | None
    as_of: str
    due_at: str | None
    leg: Leg | None = None
    then: Leg | None = None
    moved_to: str | None = None
    next: list[Next] = []
    locks: list[Shut] = []
    no_way: list[str] = []


def standing(policy: Policy, lead: Lead, product: str) -> Standing:
    """Returns where a lead stands with a product, as of its clock."""
    return _Look(policy, lead, lead.lifecycles[product]).standing(product)


class _Look:
    """Looks at one lifecycle under one policy."""

    def __init__(self, policy: Policy, lead: Lead, lifecycle: Lifecycle) -> None:
        self.policy = policy
        self.lead = lead
        self.lifecycle = lifecycle
        self.here = lifecycle.status or NEW
        self.due_at = None if lifecycle.due == NEVER else rfc3339(lifecycle.due)
        self.situation = Situation(
            lead,
            policy.traits,
            lifecycle,
            scores=Turn(policy, "", lead, None),
        )

    def standing(self, product: str) -> Standing:
        policy, lifecycle = self.policy, self.lifecycle
        leg, then = self._leg(lifecycle.leg), self._leg(lifecycle.leg + 1)
        rules = self._rules()
        found = [
            self._next(status, rules.get(name, []), leg)
            for name, status in policy.statuses.items()
            if name != lifecycle.status
        ]
        return Standing(
            product,
            lifecycle.status,
            rfc3339(self.lead.clock),
            self.due_at,
            leg,
            then,
            None if lifecycle.status is None else policy.moved.get(lifecycle.status),
            [one for one in found if _leads_there(one)],
            [
                Shut(lock.name, sorted(lock.bars), sorted(lock.lifted_on))
                for lock in policy.locks
                if lock.name in lifecycle.locks
            ],
            [one.status for one in found if not _leads_there(one)],
        )

    def _next(self, status: Status, rules: list[ByRule], leg: Leg | None) -> Next:
        name = str(status.id)
        shut = [
            k.name for k in self.policy.locks if k.name in self.lifecycle.locks and name in k.bars
        ]
        comes = leg is not None and leg.to == name
        picks = [self._pick(status, pick) for pick in status.picks if self.here in pick.from_]
        return Next(name, rules, picks, self.due_at if comes else None, shut)

    def _rules(self) -> dict[str, list[ByRule]]:
        """Returns the rules that are tried here, by the status they lead to."""
        barred = self.policy.barred(self.lifecycle.locks)
        found: dict[str, list[ByRule]] = {}
        taking: list[Rule] = []
        for rule in self.policy.rules:
            if self.here not in rule.from_ or rule.to == self.here:
                continue
            conditions = weighed(self.policy, rule, self.situation)
            behind = next((one.id for one in taking if rule.on <= one.on), None)
            found.setdefault(rule.to, []).append(_by_rule(rule, conditions, behind))
            if rule.to not in barred and all(one.holds for one in conditions):
                taking.append(rule)
        return found

    def _pick(self, status: Status, pick: Pick) -> ByPick:
        answers = self.lifecycle.answers
        lacking = [name for name in status.requires if lacks(answers.get(name))]
        return ByPick(sorted(pick.by), list(pick.reasons), lacking, dict(pick.given))

    def _leg(self, place: int) -> Leg | None:
        """Describes a part of the stay; None where there is no such part, or no such status."""
        lifecycle = self.lifecycle
        legs = self.policy.status(lifecycle.status).stay
        if place >= len(legs):
            return None
        leg = legs[place]
        if leg.span is None:
            document = document_of(self.policy.text)
            return Leg(without_end=document.status[str(lifecycle.status)].stay[place].none)
        if lifecycle.reason in leg.except_reasons:
            return Leg(without_end=f"entered for the reason {lifecycle.reason}")
        return Leg(
            text_of(leg.span),
            sorted(leg.since),
            sorted(leg.until),
            leg.to,
            leg.closes,
            reason_of(leg, lifecycle),
        )


def _by_rule(rule: Rule, conditions: list[Weighed], behind: str | None) -> ByRule:
    return ByRule(
        rule.id,
        sorted(rule.on),
        [one for one in conditions if one.holds],
        [one for one in conditions if one.holds is False],
        [one for one in conditions if one.holds is None],
        behind,
    )


def _leads_there(found: Next) -> bool:
    return bool(found.by_rule or found.by_pick or found.by_itself)
