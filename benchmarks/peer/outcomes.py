"""What the peer publishes: the public models of `schemas`; of a refusal the code alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from benchmarks.peer.conditions import Book, Case, holds
from benchmarks.peer.models import Lead, Lifecycle
from schemas.instant import EPOCH
from schemas.spine import LeadCreated, StatusRequested, Told
from schemas.vocabulary import lacks
from worker.lifecycle.calendar import later, span_of
from worker.lifecycle.language.parts import AttachContact, CreateOpportunity, Status
from worker.lifecycle.record import NEVER
from worker.lifecycle.scoring import one_decimal


def instant(at: int) -> datetime:
    """An instant as pydantic takes it."""
    return EPOCH + timedelta(milliseconds=at)


def common_of(
    book: Book, lead: Lead, activity: Told | None, product: str, seq: int
) -> dict[str, Any]:
    """What all outcomes say."""
    now = instant(lead.clock)
    cause: dict[str, Any] = {"type": "deadline", "event_id": None, "source": None}
    cause["occurred_at"] = now
    if activity is not None:
        cause = {
            "type": activity.topic_type,
            "event_id": activity.event_id,
            "source": activity.source,
            "occurred_at": instant(activity.at),
        }
    return {
        "event_id": f"{lead.lead_id}/{product}/{seq}",
        "lead_id": lead.lead_id,
        "product": product,
        "seq": seq,
        "occurred_at": now,
        "cause": cause,
        "policy": dict(book.version),
    }


def change_of(case: Case, before: Lifecycle, rule: str, given: dict[str, Any]) -> dict[str, Any]:
    """A change of status that has just been made."""
    document, after = case.book.document, case.lifecycle
    old = document.status[before.status] if before.status else None
    new = document.status[str(after.status)]
    known = after.answers | given
    leg, deadline = new.stay[0], None
    if after.due != NEVER:
        reason = after.reason if leg.keep_reason else leg.reason
        deadline = {"due_at": instant(after.due), "to_status": leg.to, "reason": reason}
    quiet = new.outreach == "none" or case.lead.email_allowed
    entered = before.entered_at
    return {
        "from_status": before.status,
        "to_status": after.status,
        "from_phase": None if old is None else old.phase,
        "to_phase": new.phase,
        "rule": rule,
        "reason": after.reason,
        "details": {n: known[n] for n in new.details if n in known and not lacks(known[n])},
        "score": score_of(case),
        "dwell_seconds": None if entered is None else (case.now - entered) // 1000,
        "deadline": deadline,
        "outreach": new.outreach if quiet else "suppress",
    }


def score_of(case: Case) -> dict[str, float]:
    """The score at the lead's time."""
    return {"engagement": one_decimal(case.engagement()), "fit": one_decimal(case.fit())}


def handoff_of(case: Case, before: Lifecycle) -> dict[str, Any] | None:
    """The handoff that a change brings with it, None where it brings none."""
    document, lead, after = case.book.document, case.lead, case.lifecycle
    new = document.status[str(after.status)]
    from_team = document.status[before.status].team if before.status else _first_team(case)
    actions = _actions(case, new)
    stays = before.status is None and new.team == document.first_handoff.from_
    if from_team is None or new.team is None:
        return None
    if (from_team == new.team or stays) and not actions:
        return None
    wait = new.handoff.respond_within
    return {
        "from_team": from_team,
        "to_team": new.team,
        "status": after.status,
        "kind": f"{before.status or 'new'}_to_{after.status}",
        "respond_by": None if wait is None else instant(later(case.now, span_of(wait))),
        "actions": actions,
        "lead": {
            "profile": lead.profile.model_dump(exclude_none=True),
            "score": score_of(case),
            "activities": [{"type": kind, "occurred_at": instant(at)} for kind, at in lead.recent],
            "answers": after.answers,
        },
    }


def _first_team(case: Case) -> str:
    first = case.book.document.first_handoff
    match case.activity:
        case StatusRequested(by_team=team):
            return first.picked_by.get(team, first.from_)
        case LeadCreated(origin=origin):
            return first.origin.get(origin, first.from_)
        case _:
            return first.from_


def _actions(case: Case, status: Status) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for action in status.handoff.actions:
        if not holds(action.when, case):
            continue
        fields: dict[str, Any] = {}
        if isinstance(action, CreateOpportunity):
            timeline = case.lifecycle.answers.get(action.timeline_from or "")
            fields = {"amount": action.amount, "timeline": timeline}
        elif isinstance(action, AttachContact):
            fields = {"account_id": case.lead.profile.account_id}
        told.append({"do": action.do, **fields})
    return told
