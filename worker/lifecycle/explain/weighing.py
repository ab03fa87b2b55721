"""The conditions of a policy, held against a lead one by one: which hold, and which only an activity can tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec

from worker.lifecycle.counting import fact_of
from worker.lifecycle.language.asking import Found, asked, shown, spoken
from worker.lifecycle.language.conditions import described
from worker.lifecycle.language.facts import FACTS, Fact, Situation
from worker.lifecycle.language.names import Names
from worker.lifecycle.language.pieces import Rule
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.language.policy import PolicyDocument
from worker.lifecycle.language.words import Matcher, When

_POLICIES = 8
"""Policies read at once: a spine has few of them in force."""


class Weighed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A condition held against a lead: does it hold (None where only the activity to come can tell), what was found.

    One that is made of others has in `ways` a list for each way in which it can hold.
    """

    fact: str
    wanted: str
    holds: bool | None
    found: Found
    ways: list[list[Weighed]] = []


def weighed(policy: Policy, rule: Rule, situation: Situation) -> list[Weighed]:
    """Holds the conditions of a rule against a lead; without an activity, those about one stay open."""
    place = next(place for place, one in enumerate(policy.rules) if one is rule)
    document = document_of(policy.text)
    facts = {**FACTS, **{counter.name: fact_of(counter) for counter in policy.counters}}
    return list(_Scales(document, facts, situation).lines(document.rule[place].when))


def all_of(parts: Iterable[Weighed]) -> bool | None:
    """Returns whether all hold, None where that is open."""
    told = [part.holds for part in parts]
    return False if False in told else None if None in told else True


@lru_cache(maxsize=_POLICIES)
def document_of(text: str) -> PolicyDocument:
    """Reads the canonical text of a policy."""
    return PolicyDocument.model_validate_json(text)


class _Scales:
    """Holds conditions against one situation."""

    def __init__(
        self, document: PolicyDocument, facts: dict[str, Fact], situation: Situation
    ) -> None:
        self.traits = document.trait
        self.team = Names(document).team
        self.facts = facts
        self.situation = situation

    def lines(self, when: When) -> Iterator[Weighed]:
        for name, matcher in when.facts.items():
            if name in self.traits:
                inner = list(self.lines(self.traits[name]))
                yield _whether(name, spoken(matcher), inner, wanted=bool(matcher))
            else:
                yield self._fact(name, matcher)
        for inner_when in when.all:
            yield from self.lines(inner_when)
        if when.any:
            ways = [list(self.lines(way)) for way in when.any]
            yield Weighed("any", "one of these", _any_of(ways), None, ways)
        if when.not_ is not None:
            denied = list(self.lines(when.not_))
            yield _whether("not", f"not {described(when.not_)}", denied, wanted=False)

    def _fact(self, name: str, matcher: Matcher) -> Weighed:
        fact = self.facts[name]
        if fact.kind == "team":
            parts = matcher if isinstance(matcher, tuple) else (str(matcher),)
            matcher = tuple(map(self.team, parts))
        if fact.about == "activity" and self.situation.activity is None:
            return Weighed(name, spoken(matcher), None, None)
        found = shown(fact, fact.of(self.situation))
        return Weighed(name, spoken(matcher), asked(fact, matcher)(self.situation), found)


def _whether(name: str, meant: str, inner: list[Weighed], *, wanted: bool) -> Weighed:
    """Returns a condition that asks whether others hold."""
    found = all_of(inner)
    return Weighed(name, meant, None if found is None else found is wanted, found, [inner])


def _any_of(ways: list[list[Weighed]]) -> bool | None:
    told = [all_of(way) for way in ways]
    return True if True in told else None if None in told else False
