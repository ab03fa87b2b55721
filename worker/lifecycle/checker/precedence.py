"""First match wins: rules and lines of points that nothing ever comes down to, and rules whose order matters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from worker.lifecycle.checker.happenings import Happening, happenings
from worker.lifecycle.checker.locks import shut_places
from worker.lifecycle.checker.subject import Subject, Way
from worker.lifecycle.language.findings import Finding
from worker.lifecycle.language.parts import Rule
from worker.lifecycle.language.words import NEW, When

MOST_RULES_COMPARED = 200
"""Pairs grow with the square: 200 rules have 20,000, and nobody reads more."""


class _Tried(NamedTuple):
    """A rule as it is tried: the n-th of the policy, its way, and what it says."""

    place: int
    way: Way
    rule: Rule


class _Order:
    """The rules of a policy as leads meet them."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.rules = [
            _Tried(int(way.path[1]), way, subject.document.rule[int(way.path[1])])
            for way in subject.ways
            if way.kind == "rule"
        ]
        document = subject.document
        self._happenings = happenings()
        talking = document.live_exchange_with
        self._talking = {name for name, found in subject.statuses.items() if found.team in talking}
        locks = document.lock.values()
        barred = [subject.places(lock.bars) for lock in locks]
        self._shut = list(zip((shut_places(subject, lock) for lock in locks), barred, strict=True))
        self._always = list(
            zip((subject.places(lock.set_on) for lock in locks), barred, strict=True)
        )
        self._met: dict[int, set[tuple[str, str]]] = {}
        self._here: dict[str, list[_Tried]] = {
            place: [tried for tried in self.rules if place in tried.way.from_]
            for place in (NEW, *subject.statuses)
        }

    def meetings(self, tried: _Tried) -> Iterator[tuple[str, Happening]]:
        """Yields where and on what a rule is tried, and no lock always stops it."""
        for place in sorted(tried.way.from_):
            if any(place in shut and tried.way.to in barred for shut, barred in self._always):
                continue
            for one in self._happenings:
                fits = one.in_talks is None or one.in_talks == (place in self._talking)
                fits = fits and (place == NEW or not one.only_new)
                if fits and not one.signals.isdisjoint(tried.rule.on):
                    yield place, one

    def met(self, tried: _Tried) -> set[tuple[str, str]]:
        """Returns where and on what a rule is tried, by name."""
        found = self._met.get(tried.place)
        if found is None:
            found = {(place, one.name) for place, one in self.meetings(tried)}
            self._met[tried.place] = found
        return found

    def before(self, tried: _Tried, place: str, one: Happening) -> list[_Tried]:
        """Returns the rules tried before one, where no lock may stop them while it lets that one pass."""
        return [
            other
            for other in self._here[place]
            if other.place < tried.place
            and not one.signals.isdisjoint(other.rule.on)
            and not self._stopped(place, other.way.to, tried.way.to)
        ]

    def _stopped(self, place: str, to: str, other: str) -> bool:
        return any(
            place in shut and to in barred and other not in barred for shut, barred in self._shut
        )


def shadowed_rules(subject: Subject) -> Iterator[Finding]:
    """Finds rules that never match: what they wait for never is, or rules above take all of it."""
    order = _Order(subject)
    for tried in order.rules:
        if not tried.way.from_:
            if tried.way.said == tried.way.to and subject.places(tried.rule.from_):
                message = f'it leads only from "{tried.way.to}" to itself, so it changes nothing; take it out'
                yield Finding((*tried.way.path, "to"), message, "idle_rule")
            continue
        if not any(order.meetings(tried)) or _matches_somewhere(order, tried):
            continue
        above = _takers(order, tried)
        if above:
            taken = ", ".join(above)
            message = f"it never matches: {taken} above takes all it would; put it before, or narrow what is above"
            yield Finding(tried.way.path, message, "shadowed_rule")
        else:
            message = 'it never matches: what it waits for ("on") is never as it wants ("when"); change either'
            yield Finding(tried.way.path, message, "impossible_rule")


def _matches_somewhere(order: _Order, tried: _Tried, besides: frozenset[int] = frozenset()) -> bool:
    """Tells whether there is a case left for a rule; the rules `besides` count as not there."""
    worlds = order.subject.worlds
    for place, one in order.meetings(tried):
        before = order.before(tried, place, one)
        above = [other.rule.when for other in before if other.place not in besides]
        if worlds.case([tried.rule.when], above, one.given) is not None:
            return True
    return False


def _takers(order: _Order, tried: _Tried) -> list[str]:
    """Returns the ids of the rules above that leave no case for a rule, none that could be missing."""
    above = [other for other in order.rules if other.place < tried.place]
    spare: frozenset[int] = frozenset()
    for other in reversed(above):
        more = spare | {other.place}
        if not _matches_somewhere(order, tried, more):
            spare = more
    return [other.rule.id for other in above if other.place not in spare]


def shadowed_points(subject: Subject) -> Iterator[Finding]:
    """Finds lines of the points table that never give any: their conditions never hold, or lines above fit first."""
    lines = subject.document.engagement.points
    known = happenings()
    for place, line in enumerate(lines):
        path = ("engagement", "points", place)
        if not any(
            subject.worlds.case([line.when], _lines_before(lines[:place], one), one.given)
            is not None
            for one in known
            if line.on in one.signals
        ):
            message = (
                "it never gives points: the lines above fit first, or its conditions never hold;"
                " move it up, or take it out"
            )
            yield Finding(path, message, "shadowed_points")
        elif line.points < 0 and line.cap is not None:
            message = "a cap is the most that is added, and a loss under it counts nothing; take the cap out"
            yield Finding((*path, "cap"), message, "capped_loss")


def _lines_before(lines: Sequence[object], one: Happening) -> list[When]:
    return [line.when for line in lines if line.on in one.signals]  # type: ignore[attr-defined]


def order_that_matters(subject: Subject) -> Iterator[Finding]:
    """Shows rules that decide activities which rules below would decide otherwise, if they came first."""
    order = _Order(subject)
    if len(order.rules) > MOST_RULES_COMPARED:
        return
    for tried in order.rules:
        below = [
            other for other in order.rules if other.place > tried.place and _differ(tried, other)
        ]
        named = [(other.rule.id, found) for other in below if (found := _both(order, tried, other))]
        if named and not subject.worlds.exhausted:
            place, what = named[0][1]
            message = (
                f"it is tried before {', '.join(name for name, _ in named)}: changed places, activities would be"
                f" decided otherwise, such as {what} from {place} that fits both {tried.rule.id} and {named[0][0]}"
            )
            yield Finding(tried.way.path, message, "order_matters", remark=True)


def _differ(one: _Tried, other: _Tried) -> bool:
    """Tells whether two rules make different changes, or under other reasons or details."""
    same = (one.rule.reason, one.rule.reason_of_call, one.rule.set) == (
        other.rule.reason,
        other.rule.reason_of_call,
        other.rule.set,
    )
    return one.way.to != other.way.to or not same


def _both(order: _Order, one: _Tried, other: _Tried) -> tuple[str, str] | None:
    """Returns where, and on which activity, two rules both match and none above the first does."""
    worlds, there = order.subject.worlds, order.met(other)
    for place, happening in order.meetings(one):
        if (place, happening.name) not in there:
            continue
        above = [tried.rule.when for tried in order.before(one, place, happening)]
        if worlds.case([one.rule.when, other.rule.when], above, happening.given) is not None:
            return place, happening.name
    return None
