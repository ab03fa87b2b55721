"""The policy's counters: how often something happened, ever or since something else, or lately."""

from __future__ import annotations

from typing import Literal

import msgspec

from worker.lifecycle.language.facts import Fact, Situation
from worker.lifecycle.record import Lifecycle

MOST_LATELY = 16
"""The most that a counter with a window counts to: it keeps a time for each, 9 bytes of a lead's record."""


class Counter(msgspec.Struct, frozen=True):
    """What is counted, since when; `within` is the window in milliseconds of one that counts lately."""

    name: str
    of: str
    since: Literal["ever", "entering", "zeroing"]
    within: int | None


def count(counters: tuple[Counter, ...], lifecycle: Lifecycle, now: int) -> None:
    """Counts an activity on the counters that count it."""
    for counter in counters:
        name = counter.name
        if counter.within is None:
            counts = lifecycle.counts
            lifecycle.counts = {**counts, name: counts.get(name, 0) + 1}
        else:
            times = lifecycle.times
            lifecycle.times = {**times, name: (*times.get(name, ()), now)[-MOST_LATELY:]}


def begin_again(lifecycle: Lifecycle, begun: frozenset[str]) -> None:
    """Sets counters to nothing, because what they count since has happened."""
    if begun:
        lifecycle.counts = {k: v for k, v in lifecycle.counts.items() if k not in begun}
        lifecycle.times = {k: v for k, v in lifecycle.times.items() if k not in begun}


def fact_of(counter: Counter) -> Fact:
    """Returns what conditions see of a counter; the window ends at the lead's time."""
    name, within = counter.name, counter.within

    def counted(situation: Situation) -> int:
        return situation.lifecycle.counts.get(name, 0)

    def lately(situation: Situation) -> int:
        begin = situation.lead.clock - (within or 0)
        return sum(at > begin for at in situation.lifecycle.times.get(name, ()))

    of = counted if within is None else lately
    return Fact("number", "lifecycle", of, f"how often: {counter.of}")
