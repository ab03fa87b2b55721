"""Changing a status: the new stay, the locks, and what is published of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from schemas.spine import LeadCreated, Scalar, StatusRequested
from worker.lifecycle.answers import lacks
from worker.lifecycle.calendar import later, rfc3339
from worker.lifecycle.counting import begin_again
from worker.lifecycle.facts import Situation
from worker.lifecycle.outcomes import Turn
from worker.lifecycle.plan import Action, Policy, Status
from worker.lifecycle.points import zero_engagement
from worker.lifecycle.record import ACTIVITY_TYPES, Lifecycle
from worker.lifecycle.scoring import one_decimal
from worker.lifecycle.stay import begin_stay, deadline_of
from worker.lifecycle.words import NEW


class Change(msgspec.Struct, frozen=True):
    """Where a lifecycle goes, by which rule, for which reason, and what the change says by itself."""

    to: str
    rule: str
    reason: str | None = None
    given: Mapping[str, Scalar] = {}


def change_status(turn: Turn, product: str, change: Change) -> None:
    """Moves one lifecycle and publishes the status change, and the handoff where there is one."""
    policy, lifecycle = turn.policy, turn.lead.lifecycles[product]
    old, new = policy.status(lifecycle.status), policy.status(change.to)
    from_status, entered_at = lifecycle.status, lifecycle.entered_at
    lifecycle.status = change.to
    lifecycle.entered_at = turn.now
    lifecycle.reason = change.reason
    lifecycle.locks = _locks_after(policy, lifecycle.locks, change.to)
    begin_again(policy.counters, lifecycle, "entering")
    _forget(turn, lifecycle, old, new)
    begin_stay(policy, lifecycle, turn.now)
    turn.publish(
        "status-change",
        product,
        {
            "from_status": from_status,
            "to_status": new.id,
            "from_phase": old.phase,
            "to_phase": new.phase,
            "rule": change.rule,
            "reason": change.reason,
            "details": _details(lifecycle, new, change),
            "score": score_of(turn, lifecycle),
            "dwell_seconds": None if entered_at is None else (turn.now - entered_at) // 1000,
            "deadline": deadline_of(policy, lifecycle),
            "outreach": _outreach(turn, new),
        },
    )
    from_team = old.team if old.id is not None else _first_team(turn)
    actions = _actions(turn, lifecycle, new.actions)
    if _hands_off(turn, old, new, from_team) or (actions and from_team is not None):
        kind = f"{from_status or NEW}_to_{new.id}"
        _publish_handoff(turn, product, from_team, kind, actions)


def settle(turn: Turn, product: str) -> None:
    """Moves a lifecycle out of a status that the policy in force no longer has, to where its `[moved]` table says."""
    status = turn.lead.lifecycles[product].status
    to = None if status is None else turn.policy.moved.get(status)
    if to is not None:
        change_status(turn, product, Change(to, "moved"))


def score_of(turn: Turn, lifecycle: Lifecycle) -> dict[str, float]:
    """Describes the score at the lead's time."""
    engagement = turn.engagement(lifecycle)
    return {"engagement": one_decimal(engagement), "fit": one_decimal(turn.fit())}


def _forget(turn: Turn, lifecycle: Lifecycle, old: Status, new: Status) -> None:
    """Forgets what the new status wants forgotten of a lead that comes from the old one."""
    here = old.id or NEW
    if here in new.forgets_engagement:
        zero_engagement(turn.policy, lifecycle, turn.now)
        begin_again(turn.policy.counters, lifecycle, "zeroing")
    if here in new.forgets_answers:
        lifecycle.answers = {}


def _locks_after(policy: Policy, locks: tuple[str, ...], entered: str) -> tuple[str, ...]:
    kept = [
        lock.name
        for lock in policy.locks
        if entered in lock.set_on or (lock.name in locks and entered not in lock.lifted_on)
    ]
    return tuple(kept)


def _details(lifecycle: Lifecycle, new: Status, change: Change) -> dict[str, Scalar]:
    known = {**lifecycle.answers, **change.given}
    return {name: known[name] for name in new.details if name in known and not lacks(known[name])}


def _outreach(turn: Turn, status: Status) -> str:
    if status.outreach == "none" or turn.lead.email_allowed:
        return status.outreach
    return "suppress"


def _first_team(turn: Turn) -> str:
    """Returns who hands over a lead that had no status."""
    first = turn.policy.first_handoff
    match turn.activity:
        case StatusRequested(by_team=team):
            return first.by_picker.get(team, first.team)
        case LeadCreated(origin=origin):
            return first.by_origin.get(origin, first.team)
        case _:
            return first.team


def _hands_off(turn: Turn, old: Status, new: Status, from_team: str | None) -> bool:
    if new.team is None or from_team is None:
        return False
    stays_home = old.id is None and new.team == turn.policy.first_handoff.team
    return from_team != new.team and not stays_home


def _publish_handoff(
    turn: Turn, product: str, from_team: str | None, kind: str, actions: list[dict[str, Any]]
) -> None:
    lead, lifecycle = turn.lead, turn.lead.lifecycles[product]
    new = turn.policy.status(lifecycle.status)
    wait = new.respond_within
    turn.publish(
        "handoff",
        product,
        {
            "from_team": from_team,
            "to_team": new.team,
            "status": new.id,
            "kind": kind,
            "respond_by": None if wait is None else rfc3339(later(turn.now, wait)),
            "actions": actions,
            "lead": {
                "profile": lead.profile.known(),
                "score": score_of(turn, lifecycle),
                "activities": [
                    {"type": ACTIVITY_TYPES[place], "occurred_at": rfc3339(at)}
                    for place, at in lead.recent
                ],
                "answers": lifecycle.answers,
            },
        },
    )


def _actions(turn: Turn, lifecycle: Lifecycle, actions: tuple[Action, ...]) -> list[dict[str, Any]]:
    """Returns what the receiving team is to do, as published."""
    situation = Situation(turn.lead, turn.policy.traits, lifecycle)
    done = []
    for action in actions:
        if not action.holds(situation):
            continue
        told: dict[str, Any] = {"do": action.do, **action.fields}
        if action.timeline_from is not None:
            told["timeline"] = lifecycle.answers.get(action.timeline_from)
        if action.names_account:
            told["account_id"] = turn.lead.profile.account_id
        done.append(told)
    return done
