"""Whether some conditions can hold together: a search for one case in which they do.

A fact has few values that conditions can tell apart (`cells`): each word they name and one they do not, each bound and
its neighbours, unknown. So all cases can be gone through, and a condition is judged as soon as enough of its facts are
chosen. Facts count as independent of each other: the search may find a case that never happens, and then a check says
nothing, but it misses none that does. What it may cost is limited; where the limit is met, a case counts as found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from math import prod

from worker.lifecycle.checker.cells import Cells, Given, Value
from worker.lifecycle.language.policy import PolicyDocument
from worker.lifecycle.language.words import Matcher, When

MOST_CASES = 4096
"""Cases of one group of fit lines that are gone through, which takes some 20 ms."""
MOST_STEPS = 100_000
"""Conditions judged in the check of one policy, about half a second; the largest preset needs a hundredth."""

Case = dict[str, Value]
"""Values by fact; `answered` has one for each name that is asked for."""


class Worlds:
    """The cases that the conditions of one policy can tell apart."""

    def __init__(self, document: PolicyDocument) -> None:
        """Knows the policy's facts and traits."""
        self._traits = document.trait
        self._cells = Cells(document)
        self._steps = 0

    def begin(self) -> None:
        """Lets a check begin with the whole of what it may cost."""
        self._steps = 0

    @property
    def exhausted(self) -> bool:
        """Tells that no more is looked for: from here on a case always counts as found."""
        return self._steps > MOST_STEPS

    def case(
        self,
        hold: Sequence[When],
        fail: Sequence[When] = (),
        given: Given | None = None,
    ) -> Case | None:
        """Returns a case in which all of `hold` hold and none of `fail`, None where there is none.

        `given` says which values a fact may have; None leaves it open.
        """
        if self.exhausted:
            return {}
        fail = [other for other in fail if not any(self._cells.apart(one, other) for one in hold)]
        asked = self._asked([*hold, *fail])
        choices = [
            (name, self._cells.values(name, matchers, given or {}))
            for name, matchers in asked.items()
        ]
        return self._search(hold, fail, choices, {})

    def facts_of(self, when: When) -> set[str]:
        """Returns the facts that a condition asks for, those behind its traits included."""
        return set(self._asked([when]))

    def sums(self, lines: Sequence[tuple[When, float]]) -> set[float] | None:
        """Returns what lines of points can come to together; None where there are too many cases to go through."""
        asked = self._asked([when for when, _ in lines])
        values = [self._cells.values(name, matchers, {}) for name, matchers in asked.items()]
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
        self._steps += len(hold) + len(fail)
        if not (hold_still or fail_still) or self.exhausted:
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
                yield from ((leaf, matcher) for leaf in self._cells.names_of(name, matcher))
        for inner in (*when.any, *when.all, *([when.not_] if when.not_ else [])):
            yield from self._leaves(inner, within)

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
        leaves = self._cells.names_of(name, matcher)
        if leaves != (name,):
            values = [case.get(leaf) for leaf in leaves]
            return False if False in values else None if None in values else True
        if name not in case:
            return None
        return self._cells.matches(name, case[name], matcher)
