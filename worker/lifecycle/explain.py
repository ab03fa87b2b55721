"""Why a rule made a change, or did not: the rules that could have matched, in order, and what stopped each."""

from __future__ import annotations

import msgspec

from worker.lifecycle.conditions import Unmet
from worker.lifecycle.facts import Situation
from worker.lifecycle.plan import Policy, Rule
from worker.lifecycle.record import Lifecycle
from worker.lifecycle.signals import Signals


class Trial(msgspec.Struct, frozen=True):
    """One rule that was tried: it matched, a lock barred it, or these conditions did not hold."""

    product: str
    rule: str
    matched: bool
    barred_by: str | None
    unmet: list[Unmet]


def tried(
    policy: Policy, product: str, lifecycle: Lifecycle, signals: Signals, situation: Situation
) -> list[Trial]:
    """Returns the rules that an activity tries, up to the first that matches."""
    trials: list[Trial] = []
    for rule in policy.rules_for(signals, lifecycle.status):
        trial = _trial(policy, product, lifecycle, rule, situation)
        trials.append(trial)
        if trial.matched:
            break
    return trials


def _trial(
    policy: Policy, product: str, lifecycle: Lifecycle, rule: Rule, situation: Situation
) -> Trial:
    shut = (
        lock.name for lock in policy.locks if lock.name in lifecycle.locks and rule.to in lock.bars
    )
    barred_by = next(shut, None)
    unmet = rule.condition.unmet(situation)
    return Trial(product, rule.id, barred_by is None and not unmet, barred_by, unmet)
