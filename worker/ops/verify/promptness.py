"""Whether deadlines come when they are due, as far as a log can show.

A message that says a due time has passed and was written before it is early, by its writer's own clock. A log does not
show outages; but a lane that publishes within two seconds of a cause is in step, and where it is so again and again, a
minute apart at most, it was there all the while. What was due all along such a stretch, longer than the gate has
patience, was overlooked: it is late, whether it came after that or never. How late the messages are is told in figures:
since the due time, or since the message that set it where that came later.
"""

from __future__ import annotations

from typing import NamedTuple

from worker.lane.processor import Record
from worker.lifecycle.record import NEVER
from worker.ops.verify.findings import MOST_LATENESS, Findings

PATIENCE_MS = 610_000
"""How long a deadline may wait for intake, and ten seconds more: what guarantees allow after an outage."""
IN_STEP_MS = 2_000
"""A lane is in step while what it publishes follows its cause within this time."""
APART_MS = 60_000
"""How far apart the moments of a stretch may be; an outage in between is shorter than the gate's patience."""
MOST_STRETCHES = 100
"""Stretches that are remembered, the latest: a deadline that was overlooked before them all is named late no more."""
_TENTH_MS = 100


class Stretch(NamedTuple):
    """A time in which a lane was in step (UTC ms)."""

    start: int
    end: int


class Pace:
    """When a lane was in step, as far as what it published was compared."""

    def __init__(self) -> None:
        self._times: list[int] = []
        self._stretches: list[Stretch] = []

    def note(self, caused_ms: int, published_ms: int) -> None:
        """Looks at an outcome and its cause."""
        if published_ms - caused_ms <= IN_STEP_MS:
            self._times.append(published_ms)

    def overlooked(self, since_ms: int, came_ms: int) -> bool:
        """Returns whether a lane was in step for longer than its patience, all the while between two times."""
        return any(
            min(one.end, came_ms) - max(one.start, since_ms) > PATIENCE_MS
            for one in self._stretches
        )

    def join(self) -> None:
        """Joins the moments to stretches; of the old ones those alone are kept that can show anything."""
        if not self._times:
            return
        stretches = self._stretches
        for time in sorted(self._times):
            last = stretches[-1] if stretches else None
            if last is not None and time - last.end <= APART_MS:
                stretches[-1] = Stretch(last.start, max(last.end, time))
            else:
                if last is not None and last.end - last.start <= PATIENCE_MS:
                    stretches.pop()
                stretches.append(Stretch(time, time))
        del stretches[:-MOST_STRETCHES]
        self._times.clear()


class Suspect(NamedTuple):
    """A deadline that may have come too late: since when it was due, and when it came."""

    since_ms: int
    came_ms: int
    where: str


class Promptness:
    """Watches the deadlines of one partition of the spine."""

    def __init__(self, findings: Findings, pace: Pace, judged_from_ms: int) -> None:
        self._findings = findings
        self._pace = pace
        self._judged_from_ms = judged_from_ms
        self._suspects: list[Suspect] = []

    def look(self, record: Record, due: int, armed_ms: int) -> None:
        """Looks at a message of a lead that waits for `due`, which was set by a message of `armed_ms`."""
        since, came = max(due, armed_ms), record.timestamp_ms
        if due != NEVER and came - since > PATIENCE_MS and came >= self._judged_from_ms:
            where = f"{_place(record)}, due {due}: it came too late"
            self._suspects.append(Suspect(since, came, where))

    def reached(self, record: Record, due: int, next_due: int, armed_ms: int) -> None:
        """Looks at a message that says that a due time has passed, of a lead that waits for `next_due`."""
        if record.timestamp_ms < self._judged_from_ms:
            return
        self._findings.judged.deadlines += 1
        if record.timestamp_ms < due:
            where = f"{_place(record)}, due {due}, written {record.timestamp_ms}"
            self._findings.name("early-deadline", where)
        if next_due <= due:
            late_ms = max(record.timestamp_ms - max(next_due, armed_ms), 0)
            self._findings.lateness[min(late_ms // _TENTH_MS, MOST_LATENESS)] += 1

    def resolve(self) -> None:
        """Names those suspects that were overlooked, as far as what was published then is compared."""
        self._pace.join()
        for suspect in self._suspects:
            if self._pace.overlooked(suspect.since_ms, suspect.came_ms):
                self._findings.name("late-deadline", suspect.where)
        self._suspects.clear()

    def look_at_the_end(self, key: bytes, due: int, armed_ms: int) -> None:
        """Names a deadline that never came, and should have."""
        since = max(due, armed_ms, self._judged_from_ms)
        if due != NEVER and self._pace.overlooked(since, NEVER):
            self._findings.name("late-deadline", f"{_name(key)}, due {due}: it has not come")


def _name(key: bytes | None) -> str:
    return (key or b"").decode(errors="replace")


def _place(record: Record) -> str:
    return f"{record.topic}/{record.partition} offset {record.offset}: {_name(record.key)}"
