"""What the conditions of a policy can look at.

A fact is None where the activity or the lead says nothing of it. Facts `about` an activity exist only while one is
decided; those about a person exist without a lifecycle, and may therefore give fit.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Literal

import msgspec

from schemas.spine import (
    CallDisposed,
    FormSubmitted,
    LeadCreated,
    OwnershipRequested,
    PageVisited,
    Told,
)
from schemas.vocabulary import Intent
from worker.lifecycle.answers import lacks
from worker.lifecycle.record import Lead, Lifecycle

Value = str | int | bool | frozenset[str] | None
Kind = Literal["text", "team", "number", "points", "yes_or_no", "names"]
About = Literal["activity", "person", "lifecycle"]


def _no_points() -> int:
    return 0


class Traits(msgspec.Struct, frozen=True):
    """The policy's own lists, as tests of a profile."""

    role_of_decision: Callable[[str], bool]
    personal_domains: frozenset[str]


class Situation(msgspec.Struct):
    """What is the case when an activity of one lifecycle is looked at.

    The scores, in thousandths of a point, are worked out when a condition asks for them.
    """

    lead: Lead
    traits: Traits
    lifecycle: Lifecycle = msgspec.field(default_factory=Lifecycle)
    activity: Told | None = None
    intent: Intent | None = None
    engagement: Callable[[], int] = _no_points
    fit: Callable[[], int] = _no_points


class Fact(msgspec.Struct, frozen=True):
    """One thing a condition can look at: what kind of value it has, what it is about, and where to find it."""

    kind: Kind
    about: About
    of: Callable[[Situation], Value]


def _of_activity(kind: type, name: str, of: Kind = "text") -> Fact:
    def look(situation: Situation) -> Value:
        activity = situation.activity
        return getattr(activity, name) if isinstance(activity, kind) else None

    return Fact(of, "activity", look)


def _of_connected_call(name: str) -> Fact:
    def look(situation: Situation) -> Value:
        activity = situation.activity
        if isinstance(activity, CallDisposed) and activity.outcome == "connected":
            return getattr(activity, name)  # type: ignore[no-any-return]
        return None

    return Fact("text", "activity", look)


def _of_lead(path: str, kind: Kind = "text") -> Fact:
    return Fact(kind, "person", attrgetter(f"lead.{path}"))


def _role_of_decision(situation: Situation) -> Value:
    title = situation.lead.profile.job_title
    return title is not None and situation.traits.role_of_decision(title)


def _personal_address(situation: Situation) -> Value:
    email = situation.lead.profile.email
    if email is None:
        return False
    return email.rpartition("@")[2].strip().lower() in situation.traits.personal_domains


def _answered(situation: Situation) -> Value:
    answers = situation.lifecycle.answers
    return frozenset(name for name, answer in answers.items() if not lacks(answer))


FACTS: dict[str, Fact] = {
    "intent": Fact("text", "activity", attrgetter("intent")),
    "form_id": _of_activity(FormSubmitted, "form_id"),
    "category": _of_activity(PageVisited, "category"),
    "origin": _of_activity(LeadCreated, "origin"),
    "by_team": _of_activity(OwnershipRequested, "by_team", "team"),
    "sentiment": _of_connected_call("sentiment"),
    "call_reason": _of_connected_call("reason"),
    "first_name": _of_lead("profile.first_name"),
    "last_name": _of_lead("profile.last_name"),
    "job_title": _of_lead("profile.job_title"),
    "company": _of_lead("profile.company"),
    "country": _of_lead("profile.country"),
    "industry": _of_lead("profile.industry"),
    "lead_source": _of_lead("profile.lead_source"),
    "employees": _of_lead("profile.employees", "number"),
    "account_tier": _of_lead("profile.account_tier"),
    "role_of_decision": Fact("yes_or_no", "person", _role_of_decision),
    "personal_address": Fact("yes_or_no", "person", _personal_address),
    "plausible_email": _of_lead("email_plausible", "yes_or_no"),
    "plausible_phone": _of_lead("phone_plausible", "yes_or_no"),
    "email_allowed": _of_lead("email_allowed", "yes_or_no"),
    "phone_allowed": _of_lead("phone_allowed", "yes_or_no"),
    "relationship": _of_lead("relationship"),
    "answered": Fact("names", "lifecycle", _answered),
    "engagement": Fact("points", "lifecycle", lambda situation: situation.engagement()),
    "fit": Fact("points", "lifecycle", lambda situation: situation.fit()),
    "score": Fact(
        "points", "lifecycle", lambda situation: situation.engagement() + situation.fit()
    ),
}
"""Every fact a condition can name, beside the policy's own traits and counters."""
