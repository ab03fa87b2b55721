"""Numbers that nothing reaches: thresholds above every score, and counters asked for more than they keep."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from worker.lifecycle.calendar import span_of
from worker.lifecycle.checker.subject import Subject, conditions_of, facts_in
from worker.lifecycle.counting import MOST_LATELY
from worker.lifecycle.language.findings import Finding
from worker.lifecycle.language.parts import Engagement
from worker.lifecycle.language.words import AtLeast, Below

_DAYS = {"day": 1, "week": 7}
_DAY_MS = 86_400_000


def thresholds_out_of_reach(subject: Subject) -> Iterator[Finding]:
    """Finds thresholds above the most that fit, engagement or both can come to, or at or below the least."""
    least_fit, most_fit = fit_bounds(subject)
    most, least = (
        most_engagement(subject.document.engagement),
        least_engagement(subject.document.engagement),
    )
    bounds = {
        "fit": (least_fit, most_fit),
        "engagement": (least, most),
        "score": (least + least_fit, most + most_fit),
    }
    for path, when in conditions_of(subject.document):
        for place, name, matcher in facts_in(path, when):
            if name not in bounds or name in subject.document.trait:
                continue
            low, high = bounds[name]
            match matcher:
                case AtLeast(at_least=bound) if bound > high:
                    message = (
                        f"{name} never comes to {bound}: it is {_number(high)} at most;"
                        " lower it, or give more points"
                    )
                    yield Finding((*place, "at_least"), message, "threshold_out_of_reach")
                case Below(below=bound) if bound <= low:
                    message = (
                        f"{name} is never below {bound}: it is {_number(low)} at least; raise it"
                    )
                    yield Finding((*place, "below"), message, "threshold_out_of_reach")


def fit_bounds(subject: Subject) -> tuple[float, float]:
    """Returns the least and the most that the fit table gives one person, in points.

    Lines that speak of the same facts are gone through together: a company has one size.
    """
    lines = subject.document.fit
    low = high = 0.0
    worlds = subject.worlds
    left = [(line, worlds.facts_of(line.when)) for line in lines]
    while left:
        group, left = [left[0]], left[1:]
        names = set(group[0][1])
        while joining := [one for one in left if not names.isdisjoint(one[1])]:
            group += joining
            left = [one for one in left if one not in joining]
            names |= {name for _, found in joining for name in found}
        sums = worlds.sums([(line.when, line.points) for line, _ in group])
        if sums is None:
            low += sum(min(0, line.points) for line, _ in group)
            high += sum(max(0, line.points) for line, _ in group)
        else:
            low, high = low + min(sums), high + max(sums)
    return low, high


def most_engagement(engagement: Engagement) -> float:
    """Returns points that engagement never exceeds; infinite where nothing bounds it.

    Only a cap on every gain together with a half-life does: each day gives its most at its end, and what the days
    before have given is a geometric series.
    """
    gains = [line for line in engagement.points if line.points > 0]
    if engagement.idle is not None and engagement.idle.points > 0:
        return inf
    if not gains:
        return 0
    half_life = span_of(engagement.half_life).milliseconds if engagement.half_life else 0
    caps: dict[tuple[str, str], int] = {}
    for line in gains:
        if line.cap is None or not half_life:
            return inf
        name = (line.on, line.cap.per)
        caps[name] = max(caps.get(name, 0), line.cap.points)
    left: dict[str, float] = {
        per: 0.5 ** (days * _DAY_MS / half_life) for per, days in _DAYS.items()
    }
    return 1 + sum(cap * (1 + 1 / (1 - left[per])) for (_, per), cap in caps.items())


def least_engagement(engagement: Engagement) -> float:
    """Returns points below which engagement never falls; without a loss that is zero."""
    losses = [line for line in engagement.points if line.points < 0 and line.cap is None]
    idle = engagement.idle is not None and engagement.idle.points < 0
    return -inf if losses or idle else 0


def counters_out_of_reach(subject: Subject) -> Iterator[Finding]:
    """Finds counters with a window that are asked for more than they keep."""
    counters = subject.document.counter
    for path, when in conditions_of(subject.document):
        for place, name, matcher in facts_in(path, when):
            if name not in counters or counters[name].within is None:
                continue
            wanted = matcher.at_least if isinstance(matcher, AtLeast) else matcher
            if isinstance(wanted, int | float) and wanted > MOST_LATELY:
                message = (
                    f"a counter with a window counts to {MOST_LATELY}, so it never comes to {wanted};"
                    ' write less, or count without "within"'
                )
                yield Finding(place, message, "counter_out_of_reach")


def _number(points: float) -> str:
    return f"{points:g}"
