"""A lead in words: who it is, where it is, and what happened to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import orjson

from schemas.spine import AccountAnswered, Activity, DeadlineReached, PolicyInForce, SpineMessage
from worker.lifecycle.calendar import rfc3339
from worker.lifecycle.counting import fact_of
from worker.lifecycle.language.facts import Situation
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.record import Lead, Lifecycle, Waiting
from worker.lifecycle.scoring import one_decimal
from worker.lifecycle.stay import deadline_of
from worker.ops.simulation import Line
from worker.ops.story import minute, pairs, told_deadline

_ELSEWHERE = {"type", "event_id", "source", "at", "content", "came_from", "implausible"} | {
    "message_id",
    "link_url",
    "page_url",
    "campaign",
    "agent_id",
    "duration_seconds",
}
"""What is told of an activity beside its own fields, and what makes lines long though no policy looks at it."""
_WHO = {"email", "phone"}
"""What an event says to name the lead, over and over."""


def person_line(lead_id: str, lead: Lead) -> Line:
    """Describes what is known of the person."""
    waiting = lead.waiting
    value = {
        "as_of": rfc3339(lead.clock),
        "profile": lead.profile.known(),
        "contactability": {"email": lead.email_allowed, "phone": lead.phone_allowed},
        "account": {"id": lead.profile.account_id, "relationship": lead.relationship},
        "waiting": None if waiting is None else _waiting(waiting),
    }
    return {"type": "person", "key": lead_id, "value": value}


def _waiting(waiting: Waiting) -> dict[str, Any]:
    """Describes what waits for the word of an account, and how long at most."""
    return {
        "account_id": waiting.account_id,
        "until": rfc3339(waiting.until),
        "messages": len(waiting.messages),
    }


def lifecycle_lines(policy: Policy, lead_id: str, lead: Lead, now: int) -> Iterator[Line]:
    """Describes each lifecycle, with the score as of the lead's clock and as it reads `now` (UTC milliseconds)."""
    for product, lifecycle in sorted(lead.lifecycles.items()):
        situation = Situation(lead, policy.traits, lifecycle)
        entered_at = lifecycle.entered_at
        value = {
            "product": product,
            "status": lifecycle.status,
            "reason": lifecycle.reason,
            "seq": lead.seqs.get(product, 0),
            "entered_at": None if entered_at is None else rfc3339(entered_at),
            "score": _score(policy, lead, lifecycle, lead.clock),
            "score_now": _score(policy, lead, lifecycle, max(now, lead.clock)),
            "deadline": deadline_of(policy, lifecycle),
            "locks": list(lifecycle.locks),
            "counters": {one.name: fact_of(one).of(situation) for one in policy.counters},
            "attempts": lifecycle.attempts,
            "answers": lifecycle.answers,
            "policy": policy.reference,
        }
        yield {"type": "lead", "key": lead_id, "value": value}


def _score(policy: Policy, lead: Lead, lifecycle: Lifecycle, at: int) -> dict[str, float]:
    engagement = policy.engagement_at(lifecycle, at)
    return {"engagement": one_decimal(engagement), "fit": one_decimal(policy.fit_of(lead))}


def told_person(line: Line) -> list[str]:
    """Writes what is known of the person."""
    value = line["value"]
    account, waiting = value["account"], value["waiting"]
    allowed = value["contactability"].items()
    channels = [f"{channel} {'allowed' if yes else 'not allowed'}" for channel, yes in allowed]
    relation = account["relationship"] or "nobody said what it is"
    told = [
        f"{line['key']}, last heard of {minute(value['as_of'])}",
        f"    profile   {_listed(pairs(value['profile']))}",
        f"    contact   {', '.join(channels)}",
        f"    account   {'none' if account['id'] is None else account['id'] + ', ' + relation}",
    ]
    if waiting is not None:
        until, count = minute(waiting["until"]), waiting["messages"]
        told.append(f"    waiting   {count} for the word of {waiting['account_id']}, until {until}")
    return told


def told_lifecycle(line: Line) -> list[str]:
    """Writes where the lead is with one product."""
    value = line["value"]
    since = "" if value["entered_at"] is None else f" since {minute(value['entered_at'])}"
    reason = "" if value["reason"] is None else f" for {value['reason']}"
    then, now = value["score"], value["score_now"]
    policy = value["policy"]
    return [
        f"[{value['product']}] {value['status'] or 'new'}{since}{reason}",
        f"    score     {then['engagement']} + {then['fit']}, now {now['engagement']} + {now['fit']}",
        f"    deadline  {told_deadline(value['deadline'])}",
        f"    locks     {_listed(value['locks'])}",
        f"    counters  {_listed(pairs(value['counters'] | {'attempts': value['attempts']}))}",
        f"    answers   {_listed(pairs(value['answers']))}",
        f"    policy    {policy['name']} version {policy['version']} {policy['digest']}",
    ]


def _listed(words: list[str]) -> str:
    return ", ".join(words) or "none"


def told_message(message: SpineMessage) -> str:
    """Writes a message of the spine as one line: when, what, and everything it says."""
    match message:
        case DeadlineReached(due=due):
            return f"{minute(rfc3339(due))} deadline reached"
        case AccountAnswered(account_id=account_id, heard=heard):
            what = "nobody said what it is" if heard is None else heard.relationship
            return f"account {account_id} answers: {what}"
        case PolicyInForce(digest=digest, text=text):
            document = orjson.loads(text)
            return (
                f"policy {document['name']} version {document['version']} {digest} comes into force"
            )
        case Activity():
            said = " ".join([_kind(message), *pairs(_said(message))])
            return f"{minute(rfc3339(message.at))} {said} ({message.source}, {message.event_id})"


def _said(message: Activity) -> dict[str, Any]:
    """Returns what an activity says that is worth a place on its line, inner fields as `outer.inner`."""
    fields = msgspec.to_builtins(message) | {
        "profile": {name: of for name, of in message.profile.items() if name not in _WHO}
    }
    said: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, dict):
            said |= {f"{name}.{inner}": of for inner, of in value.items()}
        elif name not in _ELSEWHERE:
            said[name] = value
    return said


def _kind(message: Activity) -> str:
    """Names an activity, and of what the CRM says which."""
    tag = str(type(message).__struct_config__.tag)
    return tag.replace(".", " ")
