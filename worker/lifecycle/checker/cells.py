"""Which values of a fact conditions can tell apart: few, so that all cases can be gone through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import get_args

from schemas.vocabulary import Intent, LeadOrigin, Relationship, Sentiment, Team
from worker.lifecycle.language.asking import MATCHERS
from worker.lifecycle.language.facts import FACTS
from worker.lifecycle.language.policy import PolicyDocument
from worker.lifecycle.language.words import AllOf, AtLeast, Below, Known, Matcher, When
from worker.lifecycle.scoring import MILLI

CLOSED: dict[str, tuple[str, ...]] = {
    "intent": get_args(Intent),
    "origin": get_args(LeadOrigin),
    "by_team": get_args(Team),
    "sentiment": get_args(Sentiment),
    "relationship": get_args(Relationship),
}
"""The facts that only have values of a list."""
OTHER = "\0"
"""A text that no condition names."""

Value = str | int | bool | None
Given = Mapping[str, tuple[Value, ...] | None]
"""Which values some facts may have; None is any."""


class Cells:
    """The facts of one policy, with the values of each that its conditions can tell apart."""

    def __init__(self, document: PolicyDocument) -> None:
        """Knows the policy's own facts, and which of its lists are empty."""
        self._teams: Mapping[str, str] = {str(part): team for part, team in document.teams.items()}
        self._kinds = {name: fact.kind for name, fact in FACTS.items()}
        self._kinds |= dict.fromkeys(document.counter, "number")
        self._counters = document.counter.keys()
        self._never = {
            name
            for name, there in (
                ("role_of_decision", document.roles_of_decision),
                ("personal_address", document.personal_domains),
            )
            if not there
        }

    def apart(self, one: When, other: When) -> bool:
        """Tells at a glance that two conditions never hold together: they want other words of the same fact."""
        for name, matcher in one.facts.items():
            wanted = other.facts.get(name)
            if wanted is not None and self._kinds.get(name) == "text":
                words, others = set(_words([matcher], {})), set(_words([wanted], {}))
                if words and others and words.isdisjoint(others):
                    return True
        return False

    def names_of(self, name: str, matcher: Matcher) -> tuple[str, ...]:
        """Returns what has to be chosen for a matcher: the fact, each name of a set, or whether nonsense holds."""
        kind = self._kinds.get(name)
        if kind is None or type(matcher) not in MATCHERS[kind]:
            return (f"{name}={matcher!r}",)
        if kind == "names":
            wanted = matcher.all_of if isinstance(matcher, AllOf) else (str(matcher),)
            return tuple(f"{name} {one}" for one in wanted)
        return (name,)

    def values(
        self,
        name: str,
        matchers: list[Matcher],
        given: Given,
    ) -> tuple[Value, ...]:
        """Returns the values of a fact that some matchers tell apart, those they name first."""
        words = tuple(_words(matchers, self._teams if name == "by_team" else {}))
        misspelt = tuple(word for word in words if word not in CLOSED.get(name, words))
        allowed = given.get(name)
        if allowed is not None:
            return allowed if allowed == (None,) else (*allowed, *misspelt)
        kind = self._kinds.get(name)
        if kind in {"number", "points"}:
            return tuple(self._numbers(name, matchers))
        if kind in {"text", "team"}:
            there = CLOSED.get(name, (*words, OTHER))
            return tuple(dict.fromkeys((*there, *misspelt, None)))
        return (False,) if name in self._never else (True, False)

    def _numbers(self, name: str, matchers: list[Matcher]) -> Iterator[Value]:
        least = 0 if name in self._counters else None
        near = {0}
        for matcher in matchers:
            match matcher:
                case AtLeast(at_least=bound) | Below(below=bound):
                    whole = round(bound * self._unit(name))
                    near |= {whole - 1, whole}
                case bool() | Known():
                    pass
                case int(number):
                    near |= {number - 1, number, number + 1}
        for number in sorted(near):
            if least is None or number >= least:
                yield number
        if name == "employees":
            yield None

    def _unit(self, name: str) -> int:
        return MILLI if self._kinds[name] == "points" else 1

    def matches(self, name: str, value: Value, matcher: Matcher) -> bool:
        """Tells whether a value of a fact is what is wanted, as `conditions` does for the facts of a lead."""
        unit, teams = self._unit(name), self._teams if name == "by_team" else {}
        match matcher:
            case AtLeast(at_least=bound):
                return value is not None and value >= round(bound * unit)  # type: ignore[operator]
            case Below(below=bound):
                return value is not None and value < round(bound * unit)  # type: ignore[operator]
            case Known(known=known):
                return (value is not None) is known
            case tuple():
                return value in {teams.get(word, word) for word in matcher}
            case str():
                return value == teams.get(matcher, matcher)
            case _:
                return value == matcher


def _words(matchers: list[Matcher], called: Mapping[str, str]) -> Iterator[str]:
    """Yields every text that a fact is held against, teams by the part they play."""
    for matcher in matchers:
        found = matcher if isinstance(matcher, tuple) else (matcher,)
        for word in found:
            if isinstance(word, str):
                yield called.get(word, word)
