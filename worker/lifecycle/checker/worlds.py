"""Whether some conditions can hold together: a search for one case in which they do.

A fact has few values that conditions can tell apart: each word they name and one they do not, each bound and its
neighbours, unknown. So all cases can be gone through, and a condition is judged as soon as enough of its facts are
chosen. Facts count as independent of each other: the search may find a case that never happens, and then a check says
nothing, but it misses none that does. What it may cost is limited; where the limit is met, a case counts as found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import get_args

from schemas.vocabulary import Intent, LeadOrigin, Relationship, Sentiment, Team
from worker.lifecycle.conditions import MATCHERS
from worker.lifecycle.counting import MOST_LATELY
from worker.lifecycle.facts import FACTS
from worker.lifecycle.policy import PolicyDocument
from worker.lifecycle.scoring import MILLI
from worker.lifecycle.words import AllOf, AtLeast, Below, Known, Matcher, When

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

MOST_CASES = 4096
"""Cases of one group of fit lines that are gone through, which takes some 20 ms."""
MOST_STEPS = 100_000
"""Conditions judged in the check of one policy, about half a second; the largest preset needs a hundredth."""

Value = str | int | bool | None
Case = dict[str, Value]
"""Values by fact; `answered` has one for each name that is asked for."""


class Worlds:
    """The cases that the conditions of one policy can tell apart."""

    def __init__(self, document: PolicyDocument) -> None:
        """Knows the policy's own facts, and which lists of its are empty."""
        self._traits = document.trait
        self._teams: Mapping[str, str] = {str(part): team for part, team in document.teams.items()}
        self._kinds = {name: fact.kind for name, fact in FACTS.items()}
        self._kinds |= dict.fromkeys(document.counter, "number")
        self._capped = {name for name, found in document.counter.items() if found.within}
        self._counters = document.counter.keys()
        self._never = {
            name
            for name, there in (
                ("role_of_decision", document.roles_of_decision),
                ("personal_address", document.personal_domains),
            )
            if not there
        }
        self.steps = 0

    def case(
        self,
        hold: Sequence[When],
        fail: Sequence[When] = (),
        given: Mapping[str, tuple[Value, ...] | None] | None = None,
    ) -> Case | None:
        """Returns a case in which all of `hold` hold and none of `fail`, None where there is none.

        `given` says which values a fact may have; None leaves it open.
        """
        asked = self._asked([*hold, *fail])
        choices = [
            (name, self._values(name, matchers, given or {})) for name, matchers in asked.items()
        ]
        return self._search(hold, fail, choices, {})

    def facts_of(self, when: When) -> set[str]:
        """Returns the facts that a condition asks for, those behind its traits included."""
        return set(self._asked([when]))

    def sums(self, lines: Sequence[tuple[When, float]]) -> set[float] | None:
        """Returns what lines of points can come to together; None where there are too many cases to go through."""
        asked = self._asked([when for when, _ in lines])
        values = [self._values(name, matchers, {}) for name, matchers in asked.items()]
        if prod(map(len, values)) > MOST_CASES:
            return None
        cases = (dict(zip(asked, chosen, strict=True)) for chosen in product(*values))
        return {sum(points for when, points in lines if self.judged(when, case)) for case in cases}

    def _search(
        self,
        hold: Sequence[When],
        fail: Sequence[When],
        choices: list[tuple[str, tuple[Value, ...]]],
        case: Case,
    ) -> Case | None:
        hold_still, fail_still = [], []
        for when in hold:
            judged = self.judged(when, case)
            if judged is False:
                return None
            if judged is None:
                hold_still.append(when)
        for when in fail:
            judged = self.judged(when, case)
            if judged is True:
                return None
            if judged is None:
                fail_still.append(when)
        self.steps += len(hold) + len(fail)
        if not (hold_still or fail_still) or self.steps > MOST_STEPS:
            return case
        (name, values), *rest = choices
        for value in values:
            found = self._search(hold_still, fail_still, rest, {**case, name: value})
            if found is not None:
                return found
        return None

    def _asked(self, conditions: Iterable[When]) -> dict[str, list[Matcher]]:
        """Returns the facts that some conditions ask for, in order, with what each is held against."""
        asked: dict[str, list[Matcher]] = {}
        for when in conditions:
            for name, matcher in self._leaves(when, ()):
                asked.setdefault(name, []).append(matcher)
        return asked

    def _leaves(self, when: When, within: tuple[str, ...]) -> Iterator[tuple[str, Matcher]]:
        for name, matcher in when.facts.items():
            if name in self._traits and name not in within and isinstance(matcher, bool):
                yield from self._leaves(self._traits[name], (*within, name))
            else:
                yield from ((leaf, matcher) for leaf in self._leaf_names(name, matcher))
        for inner in (*when.any, *when.all, *([when.not_] if when.not_ else [])):
            yield from self._leaves(inner, within)

    def _leaf_names(self, name: str, matcher: Matcher) -> tuple[str, ...]:
        """Returns the facts of which a value has to be chosen; one that means nothing may hold or not."""
        kind = self._kinds.get(name)
        if kind is None or type(matcher) not in MATCHERS[kind]:
            return (f"{name}={matcher!r}",)
        if kind == "names":
            wanted = matcher.all_of if isinstance(matcher, AllOf) else (str(matcher),)
            return tuple(f"{name} {one}" for one in wanted)
        return (name,)

    def _values(
        self,
        name: str,
        matchers: list[Matcher],
        given: Mapping[str, tuple[Value, ...] | None],
    ) -> tuple[Value, ...]:
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
        most = MOST_LATELY if name in self._capped else None
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
            if (least is None or number >= least) and (most is None or number <= most):
                yield number
        if name == "employees":
            yield None

    def _unit(self, name: str) -> int:
        return MILLI if self._kinds[name] == "points" else 1

    def judged(self, when: When, case: Case, within: tuple[str, ...] = ()) -> bool | None:
        """Tells whether a condition holds in a case, None where too few facts are chosen."""
        open_ = False
        for name, matcher in when.facts.items():
            found = self._fact(name, matcher, case, within)
            if found is False:
                return False
            open_ |= found is None
        for inner in when.all:
            found = self.judged(inner, case, within)
            if found is False:
                return False
            open_ |= found is None
        if when.any:
            ways = [self.judged(inner, case, within) for inner in when.any]
            if True not in ways:
                if None not in ways:
                    return False
                open_ = True
        if when.not_ is not None:
            found = self.judged(when.not_, case, within)
            if found is True:
                return False
            open_ |= found is None
        return None if open_ else True

    def _fact(
        self, name: str, matcher: Matcher, case: Case, within: tuple[str, ...]
    ) -> bool | None:
        if name in self._traits and name not in within and isinstance(matcher, bool):
            found = self.judged(self._traits[name], case, (*within, name))
            return None if found is None else found is matcher
        leaves = self._leaf_names(name, matcher)
        if leaves != (name,):
            values = [case.get(leaf) for leaf in leaves]
            return False if False in values else None if None in values else True
        if name not in case:
            return None
        return _matches(
            case[name], matcher, self._unit(name), self._teams if name == "by_team" else {}
        )


def _words(matchers: list[Matcher], called: Mapping[str, str]) -> Iterator[str]:
    """Yields every text that a fact is held against, teams by the part they play."""
    for matcher in matchers:
        for word in (
            (matcher,)
            if isinstance(matcher, str)
            else matcher
            if isinstance(matcher, tuple)
            else ()
        ):
            yield called.get(word, word)


def _matches(value: Value, matcher: Matcher, unit: int, teams: Mapping[str, str]) -> bool:
    """Tells whether a value is what is wanted, as `conditions` does for the facts of a lead."""
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
