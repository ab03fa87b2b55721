"""What the conditions of a policy can look at, and how they are held against it.

A fact is None where the activity or the lead says nothing of it; no condition holds of None.
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
from worker.lifecycle.parts import AtLeast, Below, Matcher
from worker.lifecycle.record import Profile
from worker.lifecycle.scoring import MILLI

Value = str | int | bool | None


def _no_points() -> int:
    return 0


class Situation(msgspec.Struct):
    """What is the case when an activity of one lifecycle is looked at.

    The scores, in thousandths of a point, are worked out when a condition asks for them.
    """

    profile: Profile
    traits: Traits
    activity: Told | None = None
    intent: Intent | None = None
    engagement: Callable[[], int] = _no_points
    fit: Callable[[], int] = _no_points


class Traits(msgspec.Struct, frozen=True):
    """The policy's own lists, as tests of a profile."""

    role_of_decision: Callable[[str], bool]
    personal_domains: frozenset[str]


class Fact(msgspec.Struct, frozen=True):
    """One thing a condition can look at: what kind of value it has, and where to find it."""

    kind: Literal["text", "number", "points", "yes_or_no"]
    of: Callable[[Situation], Value]


def _of_activity(kind: type, name: str) -> Callable[[Situation], Value]:
    def look(situation: Situation) -> Value:
        activity = situation.activity
        return getattr(activity, name) if isinstance(activity, kind) else None

    return look


def _sentiment(situation: Situation) -> Value:
    match situation.activity:
        case CallDisposed(outcome="connected", sentiment=sentiment):
            return sentiment
        case _:
            return None


def _role_of_decision(situation: Situation) -> Value:
    title = situation.profile.job_title
    return title is not None and situation.traits.role_of_decision(title)


def _personal_address(situation: Situation) -> Value:
    email = situation.profile.email
    if email is None:
        return False
    return email.rpartition("@")[2].strip().lower() in situation.traits.personal_domains


FACTS: dict[str, Fact] = {
    "intent": Fact("text", attrgetter("intent")),
    "form_id": Fact("text", _of_activity(FormSubmitted, "form_id")),
    "category": Fact("text", _of_activity(PageVisited, "category")),
    "origin": Fact("text", _of_activity(LeadCreated, "origin")),
    "by_team": Fact("text", _of_activity(OwnershipRequested, "by_team")),
    "sentiment": Fact("text", _sentiment),
    "account_tier": Fact("text", attrgetter("profile.account_tier")),
    "employees": Fact("number", attrgetter("profile.employees")),
    "role_of_decision": Fact("yes_or_no", _role_of_decision),
    "personal_address": Fact("yes_or_no", _personal_address),
    "engagement": Fact("points", lambda situation: situation.engagement()),
    "score": Fact("points", lambda situation: situation.engagement() + situation.fit()),
}
"""Every fact a condition can name."""

_MATCHERS: dict[str, tuple[type, ...]] = {
    "text": (str, tuple),
    "number": (int, AtLeast, Below),
    "points": (AtLeast, Below),
    "yes_or_no": (bool,),
}


class Condition(msgspec.Struct, frozen=True):
    """One line of a `when` table, ready to be asked: what it looks at, what it wants, and whether it has it."""

    fact: str
    wanted: str
    holds: Callable[[Situation], bool]

    def found(self, situation: Situation) -> float | Value:
        """Returns what is the case, in the policy's own units."""
        fact = FACTS[self.fact]
        found = fact.of(situation)
        return found / MILLI if fact.kind == "points" and isinstance(found, int) else found


def condition_of(name: str, matcher: Matcher) -> Condition:
    """Makes one line of a `when` table ready to be asked; ValueError says what is wrong with the line."""
    fact = FACTS.get(name)
    if fact is None:
        raise ValueError(f"no such fact; there are {', '.join(FACTS)}")
    if type(matcher) not in _MATCHERS[fact.kind]:
        raise ValueError(f"{matcher!r} cannot be held against a fact of kind {fact.kind}")
    return Condition(name, _spoken(matcher), _asked(fact, matcher))


def _spoken(matcher: Matcher) -> str:
    match matcher:
        case AtLeast(at_least=bound):
            return f"at least {bound}"
        case Below(below=bound):
            return f"below {bound}"
        case tuple():
            return f"one of {', '.join(matcher)}"
        case _:
            return str(matcher)


def _asked(fact: Fact, matcher: Matcher) -> Callable[[Situation], bool]:
    of, unit = fact.of, MILLI if fact.kind == "points" else 1
    match matcher:
        case AtLeast(at_least=bound):
            least = round(bound * unit)
            return lambda situation: isinstance(found := of(situation), int) and found >= least
        case Below(below=bound):
            limit = round(bound * unit)
            return lambda situation: isinstance(found := of(situation), int) and found < limit
        case tuple():
            allowed = frozenset(matcher)
            return lambda situation: of(situation) in allowed
        case _:
            return lambda situation: of(situation) == matcher


def all_hold(conditions: tuple[Condition, ...]) -> Callable[[Situation], bool]:
    """Makes one test of several; of one it is that one, so that a record pays for no more than it has to."""
    match [condition.holds for condition in conditions]:
        case []:
            return lambda _: True
        case [only]:
            return only
        case tests:
            return lambda situation: all(test(situation) for test in tests)
