"""What a fact can be held against, and the test that this makes."""

from __future__ import annotations

from collections.abc import Callable

from worker.lifecycle.language.facts import Fact, Situation, Value
from worker.lifecycle.language.words import AllOf, AtLeast, Below, Known, Matcher
from worker.lifecycle.scoring import MILLI

Test = Callable[[Situation], bool]
Found = str | int | float | bool | list[str] | None
"""What was found of a fact, in the policy's own units."""

MATCHERS: dict[str, tuple[type, ...]] = {
    "text": (str, tuple, Known),
    "team": (str, tuple),
    "number": (int, AtLeast, Below, Known),
    "points": (AtLeast, Below),
    "yes_or_no": (bool,),
    "names": (str, AllOf),
}
"""What a fact of each kind can be held against."""

KINDS = {  # what a fact of each kind may be held against, as an author writes it
    "text": 'a text: write "this", ["this", "or this"] or { known = true }',
    "team": 'a team: write "this" or ["this", "or this"]',
    "number": "a number: write 5, { at_least = 5 }, { below = 5 } or { known = true }",
    "points": "points: write { at_least = 5 } or { below = 5 }",
    "yes_or_no": "yes or no: write true or false",
    "names": 'a set of names: write "this" or { all_of = ["this", "and this"] }',
}


def shown(fact: Fact, found: Value) -> Found:
    """Returns what was found in the policy's own units."""
    if isinstance(found, frozenset):
        return sorted(found)
    return found / MILLI if fact.kind == "points" and found is not None else found  # type: ignore[operator]


def spoken(matcher: Matcher) -> str:
    """Writes what a fact is held against as it is read aloud."""
    match matcher:
        case AtLeast(at_least=bound):
            return f"at least {bound}"
        case Below(below=bound):
            return f"below {bound}"
        case Known(known=known):
            return "known" if known else "not known"
        case AllOf(all_of=names):
            return f"all of {', '.join(names)}"
        case tuple():
            return f"one of {', '.join(matcher)}"
        case bool():
            return str(matcher).lower()
        case _:
            return str(matcher)


def asked(fact: Fact, matcher: Matcher) -> Test:
    """Returns the test of a fact against what it is held against."""
    of, unit = fact.of, MILLI if fact.kind == "points" else 1
    match matcher:
        case AtLeast(at_least=bound):
            least = round(bound * unit)
            return lambda situation: isinstance(found := of(situation), int) and found >= least
        case Below(below=bound):
            limit = round(bound * unit)
            return lambda situation: isinstance(found := of(situation), int) and found < limit
        case Known(known=known):
            return lambda situation: (of(situation) is not None) is known
        case AllOf(all_of=names):
            wanted = frozenset(names)
            return lambda situation: wanted <= of(situation)  # type: ignore[operator]
        case tuple():
            allowed = frozenset(matcher)
            return lambda situation: of(situation) in allowed
        case str() if fact.kind == "names":
            return lambda situation: matcher in of(situation)  # type: ignore[operator]
        case _:
            return lambda situation: of(situation) == matcher
