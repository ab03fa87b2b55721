"""What the checks look at: a document, the statuses that are enabled, and every way from one to another."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Literal

import msgspec

from worker.lifecycle.checker.worlds import Worlds
from worker.lifecycle.language.findings import Path
from worker.lifecycle.language.names import instead_of
from worker.lifecycle.language.parts import Status
from worker.lifecycle.language.policy import PolicyDocument
from worker.lifecycle.language.words import ANYWHERE, NEW, Matcher, When


class Way(msgspec.Struct, frozen=True):
    """One way on which leads change status: a rule, a pick by some teams, or a part of a stay.

    `from_` are the enabled statuses that it leaves, `to` the enabled one where it ends: not always the one it says,
    which is `said`, where that is disabled.
    """

    kind: Literal["rule", "pick", "stay"]
    path: Path
    name: str
    from_: frozenset[str]
    to: str
    said: str
    reasons: tuple[str, ...] = ()


class Subject:
    """One document, seen as its statuses and the ways between them.

    A name that means nothing counts as the one it resembles; where there is none, it is left out and some way is
    `unsure`: then nobody can say that no way leads somewhere.
    """

    def __init__(self, document: PolicyDocument) -> None:
        """Follows every name once."""
        self.document = document
        self.instead = instead_of(document)
        self.statuses: dict[str, Status] = {
            name: found for name, found in document.status.items() if name not in document.disabled
        }
        self.worlds = Worlds(document)
        self.unsure = False
        self.ways = (*self._rules(), *self._picks(), *self._stays())

    def places(self, names: tuple[str, ...]) -> frozenset[str]:
        """Returns the enabled statuses among some names, `new` included."""
        there = frozenset((NEW, *self.statuses))
        return there if names == (ANYWHERE,) else there & frozenset(map(self._meant, names))

    def phase(self, status: str) -> str:
        """Returns the phase of an enabled status."""
        return self.statuses[status].phase

    def _meant(self, name: str) -> str:
        """Returns a status or `new`, the one that an unknown name resembles; else that name."""
        there = (NEW, *self.document.status)
        if name in there:
            return name
        near = get_close_matches(name, there, n=1)
        self.unsure |= not near
        return near[0] if near else name

    def _end(self, name: str | None) -> str | None:
        """Returns the enabled status where a way to some status ends."""
        return None if name is None else self.instead.get(self._meant(name))

    def _rules(self) -> Iterator[Way]:
        for place, rule in enumerate(self.document.rule):
            to = self._end(rule.to)
            if to is not None:
                here = self.places(rule.from_) - {to}
                yield Way("rule", ("rule", place), rule.id, here, to, rule.to)

    def _picks(self) -> Iterator[Way]:
        for name, status in self.statuses.items():
            for place, pick in enumerate(status.pick):
                path = ("status", name, "pick", place)
                reasons = status.reasons if pick.reasons is None else pick.reasons
                teams = ", ".join(pick.by)
                here = self.places(pick.from_) - {name}
                yield Way("pick", path, teams, here, name, name, reasons)

    def _stays(self) -> Iterator[Way]:
        for name, status in self.statuses.items():
            for place, leg in enumerate(status.stay):
                to = self._end(leg.to)
                if to is not None:
                    path = ("status", name, "stay", place)
                    yield Way("stay", path, leg.for_ or "", frozenset((name,)), to, leg.to or to)


def conditions_of(document: PolicyDocument) -> Iterator[tuple[Path, When]]:
    """Yields every condition of a policy once, with its place."""
    for name, trait in document.trait.items():
        yield ("trait", name), trait
    for place, rule in enumerate(document.rule):
        yield ("rule", place, "when"), rule.when
    for place, line in enumerate(document.engagement.points):
        yield ("engagement", "points", place, "when"), line.when
    for place, fit in enumerate(document.fit):
        yield ("fit", place, "when"), fit.when
    for name, status in document.status.items():
        for place, action in enumerate(status.handoff.actions):
            yield ("status", name, "handoff", "actions", place, "when"), action.when


def facts_in(path: Path, when: When) -> Iterator[tuple[Path, str, Matcher]]:
    """Yields each fact that a condition asks for, with its place and what it is held against; traits stay closed."""
    for name, matcher in when.facts.items():
        yield (*path, name), name, matcher
    for word, several in (("any", when.any), ("all", when.all)):
        for place, inner in enumerate(several):
            yield from facts_in((*path, word, place), inner)
    if when.not_ is not None:
        yield from facts_in((*path, "not"), when.not_)
