"""What `decide` notes on its way, where somebody asked why: the steps that led to outcomes, and those that did not.

A step is a cause that begins (`Began`), a part of a stay that ended (`Ended`), what a person asked for (`Asked`), or a
rule that was tried (`Trial`). `explain_causes` joins them to the outcomes.
"""

from __future__ import annotations

import msgspec

from schemas.spine import StatusRequested
from worker.lifecycle.calendar import text_of
from worker.lifecycle.explain.weighing import Weighed, weighed
from worker.lifecycle.language.conditions import Unmet
from worker.lifecycle.language.facts import Situation
from worker.lifecycle.language.pieces import Rule
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.record import Lifecycle
from worker.lifecycle.stay import reason_of, running_leg

CHECKS = (
    "status.unknown",
    "already_in_status",
    "lock",
    "status.not_selectable",
    "transition.not_allowed",
    "reason.missing",
    "reason.not_allowed",
    "field.missing",
)
"""What is checked of a request, in this order; a refusal by a lock is called `lock.` and the lock's name."""


class Began(msgspec.Struct, frozen=True):
    """What the steps after it follow from, as outcomes describe their cause."""

    cause: dict[str, str | None]


class Trial(msgspec.Struct, frozen=True, omit_defaults=True):
    """One rule that was tried: it matched, a lock barred it, or these conditions did not hold.

    Of one that matched, `met` holds its conditions, and `led_to` the ids of the outcomes.
    """

    product: str
    rule: str
    to: str
    matched: bool = False
    barred_by: str | None = None
    unmet: list[Unmet] = []
    met: list[Weighed] = []
    led_to: list[str] = []


class Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    """A status that a person asked for; of a refused one the check it `failed`, those `passed` before, and `why`."""

    product: str
    status: str
    by_team: str
    passed: list[str] = []
    failed: str | None = None
    why: str | None = None
    led_to: list[str] = []


class Ended(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a stay that ended by itself: the status, how long it `lasts`, since what, and what came then.

    `leg` counts the parts of the stay from 1.
    """

    product: str
    status: str | None
    leg: int
    lasts: str
    since: list[str] = []
    to: str | None = None
    closes: str | None = None
    reason: str | None = None
    led_to: list[str] = []


Step = Began | Trial | Asked | Ended
"""What is noted on the way."""


def tried(
    policy: Policy, product: str, rules: tuple[Rule, ...], situation: Situation
) -> list[Trial]:
    """Returns the rules that an activity tries, up to the first that matches."""
    trials: list[Trial] = []
    for rule in rules:
        trial = _trial(policy, product, rule, situation)
        trials.append(trial)
        if trial.matched:
            break
    return trials


def _trial(policy: Policy, product: str, rule: Rule, situation: Situation) -> Trial:
    closed = situation.lifecycle.locks
    shut = (lock.name for lock in policy.locks if lock.name in closed and rule.to in lock.bars)
    barred_by = next(shut, None)
    unmet = rule.condition.unmet(situation)
    if barred_by is None and not unmet:
        met = weighed(policy, rule, situation)
        return Trial(product, rule.id, rule.to, matched=True, met=met)
    return Trial(product, rule.id, rule.to, barred_by=barred_by, unmet=unmet)


def asked(
    product: str, request: StatusRequested, failed: str | None = None, why: str | None = None
) -> Asked:
    """Returns what became of a request: granted, or stopped by the check that `failed`."""
    if failed is None:
        return Asked(product, request.status, request.by_team)
    kind = "lock" if failed.startswith("lock.") else failed
    passed = list(CHECKS[: CHECKS.index(kind)])
    return Asked(product, request.status, request.by_team, passed, failed, why)


def ended(policy: Policy, product: str, lifecycle: Lifecycle) -> list[Ended]:
    """Returns the part of a stay that is over; none where the policy has no such part any more."""
    leg = running_leg(policy, lifecycle)
    if leg is None or leg.span is None:
        return []
    return [
        Ended(
            product,
            lifecycle.status,
            lifecycle.leg + 1,
            text_of(leg.span),
            sorted(leg.since),
            leg.to,
            leg.closes,
            reason_of(leg, lifecycle),
        )
    ]
