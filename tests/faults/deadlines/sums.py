"""What a run comes to: what is wrong with deadlines, and whether enough of them came due in the way they had to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.faults.deadlines.fired import Lateness, Topics, lateness, wrong
from tests.faults.deadlines.phases import READY_SECONDS, SKEW_SECONDS, Ahead, Disagreed, Returned
from tests.faults.healing import HEAL_SECONDS
from tests.faults.ledger import Came
from tests.faults.proof.campaign import Happened
from tests.faults.proof.verdict import left_undone

PROMISED = 50_000
"""So many deadlines at once are promised within ten seconds: ten times those of E6.

More of them are held to a rate, not to a time: ten seconds for each 50,000, which is 44 s for 220,000.
"""
AFTER_SECONDS, STEADY_SECONDS = 10.0, 2.0
"""C5: after an outage, and at the 99th percentile in steady state."""
BACK_SECONDS = HEAL_SECONDS
"""C6, from the first worker that comes back; it dies, and another has to start and to read what is kept."""
DEATH_SECONDS = 6.0 + 2.0 + AFTER_SECONDS
"""Around a death: a session and two seconds, until the lanes of the dead go on (C6), and then as after an outage."""


@dataclass(frozen=True)
class Kept(Came):
    """Of a run with deadlines."""

    first: tuple[Any, ...]
    lacking: tuple[str, ...]
    armed: int
    back_seconds: float | None
    """From the first worker that came back until all lanes were at work; None if some never were."""
    after_outage: Lateness
    """From the time on when all lanes were at work; from the first worker on, if some never were."""
    before_death: Lateness
    """Of two clocks that disagree, while both are there."""
    around_death: Lateness
    """From the death of one on."""


class Seen:
    """What the three phases saw, and what the topics say."""

    def __init__(
        self, returned: Returned, disagreed: Disagreed, ahead: Ahead, topics: Topics
    ) -> None:
        self.returned, self.disagreed, self.ahead = returned, disagreed, ahead
        self.topics = topics
        steady = {
            due for due in disagreed.due if due.due_ms < disagreed.died_ms - _ms(SKEW_SECONDS)
        }
        since_ms = returned.at_work_ms or returned.hired_ms
        self.back_seconds = _seconds(since_ms - returned.hired_ms) if returned.at_work_ms else None
        self.after_outage = lateness(returned.due, topics, since_ms)
        self.before_death = lateness(steady, topics)
        self.around_death = lateness(disagreed.due - steady, topics)

    def amiss(self) -> Iterator[str]:
        """Yields what is wrong with the deadlines."""
        yield from wrong("patient", self.returned.due, self.topics)
        yield from wrong("skewed", self.disagreed.due, self.topics)
        yield from wrong("early", set(), self.topics)
        if any(due in self.topics.written for due in self.ahead.due):
            yield "early: let go by a clock that is ahead"
        if not (self.ahead.ended and self.ahead.named):
            yield "a worker whose clock is a day ahead goes on, or does not say why it ended"
        yield from self._late()

    def _late(self) -> Iterator[str]:
        if self.back_seconds is not None and self.back_seconds > BACK_SECONDS:
            yield f"back at work after {self.back_seconds:.1f} s, {BACK_SECONDS:.0f} at most"
        after = AFTER_SECONDS * max(1.0, len(self.returned.due) / PROMISED)
        if self.after_outage.most > after:
            yield f"after the outage: {self.after_outage.most:.1f} s late, {after:.0f} at most"
        if self.before_death.p99 > STEADY_SECONDS:
            yield f"while clocks disagree: {self.before_death.p99:.1f} s late at the 99th percentile"
        if self.around_death.most > DEATH_SECONDS:
            yield f"around the death: {self.around_death.most:.1f} s late, {DEATH_SECONDS:.0f} at most"

    def lacking(self, leads: int, happened: Happened) -> Iterator[str]:
        """Yields what did not happen that had to."""
        yield from _unarmed(self.returned.armed, leads, "before the outage")
        yield from _unarmed(
            self.disagreed.armed, len(self.disagreed.due), "before the first was due"
        )
        yield from _unarmed(self.ahead.armed, len(self.ahead.due), "for a clock a day ahead")
        if self.returned.at_work_ms is None:
            yield f"some lanes were not at work {READY_SECONDS:.0f} s after the outage"
        if not self.disagreed.at_work:
            yield f"some lanes were not at work after {READY_SECONDS:.0f} s, while clocks disagreed"
        if not self.returned.bitten:
            yield "nobody died with deadlines let go"
        if self.after_outage.fired < leads:
            yield f"only {self.after_outage.fired} deadlines fired after the outage"
        for name, one in (("before", self.before_death), ("after", self.around_death)):
            if not one.fired:
                yield f"no deadline came due {name} the death between clocks that disagree"
        if not any(bite.undone for bite in happened.bites):
            yield "no death with anything left to do"


def _unarmed(armed: int, wanted: int, when: str) -> Iterator[str]:
    if armed < wanted:
        yield f"only {armed} of {wanted} leads were armed {when}"


def kept(seen: Seen, leads: int, happened: Happened, report: dict[str, Any]) -> Kept:
    """Sums up a run."""
    amiss = (*seen.amiss(), *left_undone(happened, report))
    lacking = tuple(seen.lacking(leads, happened))
    returned = seen.returned
    return Kept(
        proven=report["verdict"] == "PASS" and not amiss and not lacking,
        verdict=report["verdict"],
        anomalies=report["anomalies"],
        first=(*report["first"], *report["unknown"]),
        amiss=amiss,
        lacking=lacking,
        deaths=len(happened.bites),
        deaths_with_work_left=happened.deaths_with_work_left,
        judged=report.get("judged", {}),
        faults={
            "deadlines: nobody at work for 90 days": (1, int(returned.bitten)),
            "deadlines: two clocks 6 s apart, one of them gone": (
                1,
                int(seen.around_death.fired > 0),
            ),
            "deadlines: a clock a day ahead": (1, int(seen.ahead.ended)),
        },
        armed=returned.armed,
        back_seconds=seen.back_seconds,
        after_outage=seen.after_outage,
        before_death=seen.before_death,
        around_death=seen.around_death,
    )


def told(report: Kept) -> Iterator[str]:
    """Yields a report in words."""
    yield f"{report.armed} leads armed 90 days ago, {report.deaths} deaths"
    if report.back_seconds is not None:
        yield f"all lanes at work {report.back_seconds} s after the first worker came back"
    yield f"after the outage {_words(report.after_outage)}"
    yield f"clocks that disagree {_words(report.before_death)}"
    yield f"around a death among those {_words(report.around_death)}"
    yield from (f"anomaly: {count} {name}" for name, count in report.anomalies.items())
    yield from (f"  {where}" for where in report.first)
    yield from (f"amiss: {what}" for what in report.amiss)
    yield from (f"lacking: {what}" for what in report.lacking)
    yield f"{'PROVEN' if report.proven else 'NOT PROVEN'}: {report.verdict}"


def _words(late: Lateness) -> str:
    return (
        f"{late.fired} deadlines, {late.per_second:g} a second: late by {late.p50:.1f} s (p50), {late.p99:.1f} s (p99),"
        f" {late.most:.1f} s at most"
    )


def _seconds(ms: int) -> float:
    return round(ms / 1000, 1)


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
