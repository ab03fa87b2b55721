"""Conditions looked up by name each time they are asked, points and fit walked in order."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import Any

from benchmarks.peer.models import Lead, Lifecycle
from schemas.spine import (
    CallDisposed,
    FormSubmitted,
    LeadCreated,
    OwnershipRequested,
    PageVisited,
    Told,
)
from worker.lifecycle.calendar import span_of
from worker.lifecycle.language.policy import PolicyDocument
from worker.lifecycle.language.words import AllOf, AtLeast, Below, Known, Matcher, When
from worker.lifecycle.scoring import MILLI, faded


class Book:
    """A policy document, with what is worth working out once."""

    def __init__(self, document: PolicyDocument, digest: str) -> None:
        self.document = document
        self.half_life = span_of(document.engagement.half_life or "1 day").milliseconds
        self.version = {"name": document.name, "version": document.version, "digest": digest}

    @cached_property
    def deciders(self) -> re.Pattern[str]:
        words = "|".join(map(re.escape, self.document.roles_of_decision))
        return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)

    def intent_of(self, activity: Told) -> str | None:
        if not isinstance(activity, FormSubmitted):
            return None
        forms = self.document.forms
        if activity.form_id in forms.action:
            return activity.intent or "action"
        listed = activity.form_id in forms.informational
        return activity.intent or ("informational" if listed else forms.default)


class Case:
    """What conditions look at."""

    def __init__(
        self, book: Book, lead: Lead, lifecycle: Lifecycle, activity: Told | None, now: int
    ) -> None:
        self.book = book
        self.lead = lead
        self.lifecycle = lifecycle
        self.activity = activity
        self.now = now

    def engagement(self) -> int:
        found = self.lifecycle
        return faded(found.engagement, self.now - found.engaged_at, self.book.half_life)

    def fit(self) -> int:
        lines = self.book.document.fit
        return sum(round(line.points * MILLI) for line in lines if holds(line.when, self))


def holds(when: When, case: Case) -> bool:
    """Tells whether conditions hold."""
    document = case.book.document
    for name, matcher in when.facts.items():
        if name in document.trait:
            if holds(document.trait[name], case) is not matcher:
                return False
        elif name in document.counter:
            if not _meets(matcher, case.lifecycle.counts.get(name, 0)):
                return False
        elif not _meets(matcher, FACTS[name](case), MILLI if name == "score" else 1):
            return False
    if when.any and not any(holds(way, case) for way in when.any):
        return False
    if not all(holds(way, case) for way in when.all):
        return False
    return when.not_ is None or not holds(when.not_, case)


def _meets(matcher: Matcher, found: Any, unit: int = 1) -> bool:
    match matcher:
        case AtLeast(at_least=bound):
            return bool(found is not None and found >= bound * unit)
        case Below(below=bound):
            return bool(found is not None and found < bound * unit)
        case Known(known=known):
            return (found is not None) is known
        case AllOf(all_of=names):
            return bool(set(names) <= found)
        case tuple():
            return found in matcher
        case _:
            return bool(found == matcher)


def _of(kind: type[Told], name: str) -> Callable[[Case], Any]:
    return lambda case: getattr(case.activity, name) if isinstance(case.activity, kind) else None


def _sentiment(case: Case) -> str | None:
    call = case.activity
    connected = isinstance(call, CallDisposed) and call.outcome == "connected"
    return call.sentiment if connected else None  # type: ignore[union-attr]


def _decides(case: Case) -> bool:
    title = case.lead.profile.job_title
    return title is not None and case.book.deciders.search(title) is not None


def _personal(case: Case) -> bool:
    email = case.lead.profile.email
    domain = "" if email is None else email.rpartition("@")[2].strip().lower()
    return domain in case.book.document.personal_domains


FACTS: dict[str, Callable[[Case], Any]] = {
    "intent": lambda case: None if case.activity is None else case.book.intent_of(case.activity),
    "form_id": _of(FormSubmitted, "form_id"),
    "category": _of(PageVisited, "category"),
    "origin": _of(LeadCreated, "origin"),
    "by_team": _of(OwnershipRequested, "by_team"),
    "sentiment": _sentiment,
    "employees": lambda case: case.lead.profile.employees,
    "account_tier": lambda case: case.lead.profile.account_tier,
    "role_of_decision": _decides,
    "personal_address": _personal,
    "relationship": lambda _: None,
    "score": lambda case: case.engagement() + case.fit(),
}
