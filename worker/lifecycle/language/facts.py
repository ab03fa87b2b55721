"""What the conditions of a policy can look at.

A fact is None where the activity or the lead says nothing of it. Facts `about` an activity exist only while one is
decided; those about a person exist without a lifecycle, and may therefore give fit.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Literal, Protocol

import msgspec

from schemas.spine import (
    CallDisposed,
    FormSubmitted,
    LeadCreated,
    OwnershipRequested,
    PageVisited,
    Told,
)
from schemas.vocabulary import Intent, lacks
from worker.lifecycle.record import Lead, Lifecycle

Value = str | int | bool | frozenset[str] | None
Kind = Literal["text", "team", "number", "points", "yes_or_no", "names"]
About = Literal["activity", "person", "lifecycle"]


class Traits(msgspec.Struct, frozen=True):
    """The policy's own lists, as tests of a profile."""

    role_of_decision: Callable[[str], bool]
    personal_domains: frozenset[str]


class Scores(Protocol):
    """Works out the scores that a condition asks for, in thousandths of a point."""

    def engagement(self, lifecycle: Lifecycle) -> int:
        """Returns the engagement of a lifecycle as it reads now."""

    def fit(self) -> int:
        """Returns the fit of the person."""


class _NoScores:
    """Stands where nobody asks for a score."""

    def engagement(self, _: Lifecycle) -> int:
        return 0

    def fit(self) -> int:
        return 0


_NO_SCORES = _NoScores()


class Situation(msgspec.Struct):
    """What is the case when an activity of one lifecycle is looked at."""

    lead: Lead
    traits: Traits
    lifecycle: Lifecycle = msgspec.field(default_factory=Lifecycle)
    activity: Told | None = None
    intent: Intent | None = None
    scores: Scores = _NO_SCORES


class Fact(msgspec.Struct, frozen=True):
    """One thing a condition can look at: what kind of value, about what, where to find it, and what it means."""

    kind: Kind
    about: About
    of: Callable[[Situation], Value]
    meaning: str


def _of_activity(kind: type, name: str, meaning: str, of: Kind = "text") -> Fact:
    def look(situation: Situation) -> Value:
        activity = situation.activity
        return getattr(activity, name) if type(activity) is kind else None

    return Fact(of, "activity", look, meaning)


def _of_connected_call(name: str, meaning: str) -> Fact:
    def look(situation: Situation) -> Value:
        activity = situation.activity
        if type(activity) is CallDisposed and activity.outcome == "connected":
            return getattr(activity, name)  # type: ignore[no-any-return]
        return None

    return Fact("text", "activity", look, meaning)


def _of_lead(path: str, meaning: str, kind: Kind = "text") -> Fact:
    return Fact(kind, "person", attrgetter(f"lead.{path}"), meaning)


def _role_of_decision(situation: Situation) -> Value:
    title = situation.lead.profile.job_title
    return title is not None and situation.traits.role_of_decision(title)


def _personal_address(situation: Situation) -> Value:
    email = situation.lead.profile.email
    if email is None:
        return False
    return email.rpartition("@")[2].strip().lower() in situation.traits.personal_domains


def _bad_email(situation: Situation) -> Value:
    lead = situation.lead
    return lead.profile.email is not None and (lead.email_bounced or not lead.email_plausible)


def _bad_phone(situation: Situation) -> Value:
    lead = situation.lead
    return lead.profile.phone is not None and (lead.phone_wrong or not lead.phone_plausible)


def _answered(situation: Situation) -> Value:
    answers = situation.lifecycle.answers
    return frozenset(name for name, answer in answers.items() if not lacks(answer))


def _engagement(situation: Situation) -> int:
    return situation.scores.engagement(situation.lifecycle)


def _score(situation: Situation) -> Value:
    scores = situation.scores
    return scores.engagement(situation.lifecycle) + scores.fit()


FACTS: dict[str, Fact] = {
    "intent": Fact("text", "activity", attrgetter("intent"), "what a form asks for"),
    "form_id": _of_activity(FormSubmitted, "form_id", "which form was sent"),
    "category": _of_activity(PageVisited, "category", "the kind of page that was visited"),
    "origin": _of_activity(LeadCreated, "origin", "how a record that was entered came to be"),
    "by_team": _of_activity(OwnershipRequested, "by_team", "the team that asks for a lead", "team"),
    "sentiment": _of_connected_call("sentiment", "how a connected call went"),
    "call_reason": _of_connected_call("reason", "the reason that a connected call gave"),
    "first_name": _of_lead("profile.first_name", "the given name"),
    "last_name": _of_lead("profile.last_name", "the family name"),
    "job_title": _of_lead("profile.job_title", "the title on the card"),
    "company": _of_lead("profile.company", "the company's name"),
    "country": _of_lead("profile.country", "the country, as it was written"),
    "industry": _of_lead("profile.industry", "the line of business, as it was written"),
    "lead_source": _of_lead("profile.lead_source", "where the person was first heard of"),
    "employees": _of_lead("profile.employees", "how many people the company employs", "number"),
    "account_tier": _of_lead("profile.account_tier", "how much the account matters"),
    "role_of_decision": Fact(
        "yes_or_no", "person", _role_of_decision, "the title has one of `roles_of_decision` in it"
    ),
    "personal_address": Fact(
        "yes_or_no", "person", _personal_address, "the address is at one of `personal_domains`"
    ),
    "plausible_email": _of_lead(
        "email_plausible", "an address is known that mail could reach", "yes_or_no"
    ),
    "plausible_phone": _of_lead(
        "phone_plausible", "a number is known that could be dialled", "yes_or_no"
    ),
    "bad_email": Fact(
        "yes_or_no", "person", _bad_email, "the address known is none, or mail to it came back"
    ),
    "bad_phone": Fact(
        "yes_or_no", "person", _bad_phone, "the number known is none, or somebody else answers it"
    ),
    "email_allowed": _of_lead("email_allowed", "mail may be sent", "yes_or_no"),
    "phone_allowed": _of_lead("phone_allowed", "calls may be made", "yes_or_no"),
    "relationship": _of_lead("relationship", "what the person's account is to us"),
    "answered": Fact("names", "lifecycle", _answered, "the questions answered with substance"),
    "engagement": Fact("points", "lifecycle", _engagement, "points for what was done"),
    "fit": Fact(
        "points", "lifecycle", lambda situation: situation.scores.fit(), "points for who it is"
    ),
    "score": Fact("points", "lifecycle", _score, "engagement and fit together"),
}
"""Every fact a condition can name, beside the policy's own traits and counters."""
