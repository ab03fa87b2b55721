"""Changing a status: the new stay, the locks, and what is published of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from schemas.spine import LeadCreated, Scalar, StatusRequested
from schemas.vocabulary import lacks
from worker.lifecycle.calendar import later, rfc3339
from worker.lifecycle.counting import begin_again
from worker.lifecycle.language.facts import Situation
from worker.lifecycle.language.pieces import Action, Status
from worker.lifecycle.language.plan import Passage, Policy
from worker.lifecycle.outcomes import Turn
from worker.lifecycle.points import zero_engagement
from worker.lifecycle.record import ACTIVITY_TYPES, Lead, Lifecycle
from worker.lifecycle.scoring import one_decimal
from worker.lifecycle.stay import begin_stay, deadline_of


class Change(msgspec.Struct, frozen=True):
    """Where a lifecycle goes, by which rule, for which reason, and what the change says by itself."""

    to: str
    rule: str
    reason: str | None = None
    given: Mapping[str, Scalar] = {}


def change_status(turn: Turn, product: str, change: Change) -> None:
    """Moves one lifecycle and publishes the status change, and the handoff where there is one."""
    policy, lifecycle = turn.policy, turn.lead.lifecycles[product]
    passage = policy.passage(lifecycle.status, change.to, lifecycle.locks)
    new, entered_at = passage.new, lifecycle.entered_at
    lifecycle.status = change.to
    lifecycle.entered_at = turn.now
    lifecycle.reason = change.reason
    lifecycle.locks = passage.locks
    _forget(policy, lifecycle, passage, turn.now)
    begin_stay(policy, lifecycle, turn.now)
    score = score_of(turn, lifecycle)
    turn.publish(
        "status-change",
        product,
        {
            **passage.told,
            "rule": change.rule,
            "reason": change.reason,
            "details": _details(lifecycle, new, change),
            "score": score,
            "dwell_seconds": None if entered_at is None else (turn.now - entered_at) // 1000,
            "deadline": deadline_of(policy, lifecycle),
            "outreach": _outreach(turn, new),
        },
    )
    _hand_over(turn, product, passage, score)


def _hand_over(turn: Turn, product: str, passage: Passage, score: dict[str, float]) -> None:
    """Publishes the handoff of a change, where another team has the lead now or has something to do."""
    lifecycle, new = turn.lead.lifecycles[product], passage.new
    from_team = passage.old.team if passage.old.id is not None else _first_team(turn)
    actions = _actions(turn, lifecycle, new.actions) if new.actions else []
    if not (_hands_off(turn, passage, from_team) or (actions and from_team is not None)):
        return
    wait = new.respond_within
    turn.publish(
        "handoff",
        product,
        {
            "from_team": from_team,
            "to_team": new.team,
            "status": new.id,
            "kind": passage.kind,
            "respond_by": None if wait is None else rfc3339(later(turn.now, wait)),
            "actions": actions,
            "lead": _introduced(turn.lead, lifecycle, score),
        },
    )


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


def _forget(policy: Policy, lifecycle: Lifecycle, passage: Passage, now: int) -> None:
    """Forgets what the new status wants forgotten of a lead that comes from the old one."""
    begin_again(lifecycle, passage.begun)
    if passage.forgets_engagement:
        zero_engagement(policy, lifecycle, now)
    if passage.forgets_answers:
        lifecycle.answers = {}


def _details(lifecycle: Lifecycle, new: Status, change: Change) -> dict[str, Scalar]:
    if not new.details:
        return {}
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


def _hands_off(turn: Turn, passage: Passage, from_team: str | None) -> bool:
    team = passage.new.team
    if team is None or from_team is None:
        return False
    stays_home = passage.old.id is None and team == turn.policy.first_handoff.team
    return from_team != team and not stays_home


def _introduced(lead: Lead, lifecycle: Lifecycle, score: dict[str, float]) -> dict[str, Any]:
    """Describes a lead to the team that receives it."""
    return {
        "profile": lead.profile.known(),
        "score": score,
        "activities": [
            {"type": ACTIVITY_TYPES[place], "occurred_at": rfc3339(at)} for place, at in lead.recent
        ],
        "answers": lifecycle.answers,
    }


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
