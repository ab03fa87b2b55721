"""From the conditions of a policy to tests that can be asked, and that can say why they do not hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import reduce

import msgspec

from worker.lifecycle.language.asking import KINDS, MATCHERS, Found, Test, asked, shown, spoken
from worker.lifecycle.language.facts import FACTS, About, Fact, Situation
from worker.lifecycle.language.findings import Finding, Path, unknown
from worker.lifecycle.language.names import Names
from worker.lifecycle.language.words import Matcher, When


class Unmet(msgspec.Struct, frozen=True, omit_defaults=True):
    """A condition that does not hold: the fact, what was wanted, what was found, and for one made of others why.

    `lacking` has a list for each way in which it could have held.
    """

    fact: str
    wanted: str
    found: Found
    lacking: list[list[Unmet]] = []


class Condition(msgspec.Struct, frozen=True):
    """Something that holds or not; `unmet` tells why it does not, and is empty where it does."""

    holds: Test
    unmet: Callable[[Situation], list[Unmet]]


class Vocabulary:
    """The facts a policy can name, the engine's, its own counters and traits; `asked` are those that it does name."""

    def __init__(
        self, counters: Mapping[str, Fact], traits: Mapping[str, When], names: Names
    ) -> None:
        self.findings = names.findings
        self.asked: set[str] = set()
        self._team = names.team
        self._facts = {**FACTS, **counters}
        self._traits = traits

    def condition(self, path: Path, when: When, about: Collection[About]) -> Condition:
        """Makes a table of conditions ready to be asked, noting what is wrong with it."""
        return self._all(list(self._lines(path, when, about, ())))

    def _lines(
        self, path: Path, when: When, about: Collection[About], within: tuple[str, ...]
    ) -> Iterator[Condition]:
        def made(name: str, place: int, inner: When) -> Condition:
            return self._all(list(self._lines((*path, name, place), inner, about, within)))

        for name, matcher in when.facts.items():
            where = (*path, name)
            if name in self._traits:
                yield from self._trait(where, name, matcher, about, within)
            else:
                yield from self._fact(where, name, matcher, about)
        for place, inner in enumerate(when.all):
            yield made("all", place, inner)
        if when.any:
            yield _any([made("any", place, inner) for place, inner in enumerate(when.any)])
        if when.not_ is not None:
            denied = self._all(list(self._lines((*path, "not"), when.not_, about, within)))
            yield _named("not", denied, wanted=False, of=when.not_)

    def _trait(
        self,
        path: Path,
        name: str,
        matcher: Matcher,
        about: Collection[About],
        within: tuple[str, ...],
    ) -> Iterator[Condition]:
        if name in within:
            message = f'the trait "{name}" is explained by itself; say it without'
            self.findings.append(Finding(path, message, "circular_trait"))
        elif not isinstance(matcher, bool):
            self._mismatch(path, matcher, "yes_or_no")
        else:
            of = self._traits[name]
            inner = self._all(list(self._lines(("trait", name), of, about, (*within, name))))
            yield _named(name, inner, wanted=matcher, of=of)

    def _fact(
        self, path: Path, name: str, matcher: Matcher, about: Collection[About]
    ) -> Iterator[Condition]:
        fact = self._facts.get(name)
        self.asked.add(name)
        if fact is None:
            message = unknown("fact", name, sorted({*self._facts, *self._traits}))
            self.findings.append(Finding(path, message, "unknown_fact"))
        elif fact.about not in about:
            allowed = " and ".join(about)
            message = f'"{name}" is about the {fact.about}; only facts about {allowed} count here'
            self.findings.append(Finding(path, message, "fact_out_of_place"))
        elif type(matcher) not in MATCHERS[fact.kind]:
            self._mismatch(path, matcher, fact.kind)
        elif fact.kind == "team":
            parts = matcher if isinstance(matcher, tuple) else (matcher,)
            yield _leaf(name, fact, tuple(self._team(str(part)) for part in parts))
        else:
            yield _leaf(name, fact, matcher)

    def _mismatch(self, path: Path, matcher: Matcher, kind: str) -> None:
        message = f"{spoken(matcher)} cannot be held against {KINDS[kind]}"
        self.findings.append(Finding(path, message, "wrong_kind"))

    @staticmethod
    def _all(conditions: list[Condition]) -> Condition:
        """Makes one condition of several; of one it is that one, so that a record pays for no more than it has to."""
        if len(conditions) == 1:
            return conditions[0]
        return Condition(
            _joined([condition.holds for condition in conditions]),
            lambda situation: [no for one in conditions for no in one.unmet(situation)],
        )


def _both(one: Test, other: Test) -> Test:
    return lambda situation: one(situation) and other(situation)


def _joined(tests: list[Test]) -> Test:
    """Makes one test of several, in pairs, which are asked faster than all() asks a list."""
    return reduce(lambda after, test: _both(test, after), reversed(tests or [_always]))


def _always(_: Situation) -> bool:
    return True


def _any(ways: list[Condition]) -> Condition:
    tests = tuple(way.holds for way in ways)

    def holds(situation: Situation) -> bool:
        return any(test(situation) for test in tests)

    def unmet(situation: Situation) -> list[Unmet]:
        if holds(situation):
            return []
        return [Unmet("any", "one of these", None, [way.unmet(situation) for way in ways])]

    return Condition(holds, unmet)


def _named(name: str, inner: Condition, *, wanted: bool, of: When) -> Condition:
    """Makes a condition that asks whether another one holds."""

    def unmet(situation: Situation) -> list[Unmet]:
        found = inner.holds(situation)
        if found is wanted:
            return []
        meant = str(wanted).lower() if name != "not" else f"not {described(of)}"
        return [Unmet(name, meant, found, [inner.unmet(situation)] if wanted else [])]

    if wanted:
        return Condition(inner.holds, unmet)
    return Condition(lambda situation: not inner.holds(situation), unmet)


def described(when: When) -> str:
    """Writes a table of conditions as it is read aloud."""
    parts = [f"{name} {spoken(matcher)}" for name, matcher in when.facts.items()]
    parts += [f"({described(inner)})" for inner in when.all]
    if when.any:
        parts.append(" or ".join(f"({described(inner)})" for inner in when.any))
    if when.not_ is not None:
        parts.append(f"not ({described(when.not_)})")
    return " and ".join(parts)


def _leaf(name: str, fact: Fact, matcher: Matcher) -> Condition:
    holds, wanted = asked(fact, matcher), spoken(matcher)

    def unmet(situation: Situation) -> list[Unmet]:
        return [] if holds(situation) else [Unmet(name, wanted, shown(fact, fact.of(situation)))]

    return Condition(holds, unmet)
