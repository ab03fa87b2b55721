"""Whether deadlines come when they are due, as far as a log can show.

A message that says a due time has passed and was written before it is early, by its writer's own clock. A log does not
show outages; but a lane that publishes within two seconds of a cause is in step, and where it is so again and again, a
minute apart at most, it was there all the while. What was due all along such a stretch, longer than the gate has
patience, was overlooked: it is late, whether it came after that or never. Sooner than that a log shows it where the
lane let others go: it writes the earliest first, so one that it had known of for longer and that was due before was
overlooked, if that happened again ten seconds on. A lane that is late with all of its deadlines alike, by less than its
patience, cannot be told from one that waits for an input. How late the messages are is told in figures: since the due
time, or since the message that set it where that came later.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from schemas.spine import Activity
from worker.lane.processor import Record
from worker.lifecycle.record import NEVER
from worker.ops.verify.findings import MOST_LATENESS, Findings
from worker.ops.verify.overtaking import Overtaking

IN_STEP_MS = 2_000
"""A lane is in step while what it publishes follows its cause within this time."""
APART_MS = 60_000
"""How far apart the moments of a stretch may be."""
MOST_STRETCHES = 100
"""Stretches that are remembered, the latest: a deadline that was overlooked before them all is named late no more."""
LIES_MS = 10_000
"""How long a deadline may lie while others are let go: what is promised after an outage."""
CLOCKS_APART_MS = 60_000
"""How far the clocks of two workers may be apart: more, and deadlines are in trouble too."""
MOST_MOMENTS = 1_000
"""Moments at which deadlines were let go that are remembered, the latest."""
_TENTH_MS = 100


def patience_of(gate_ms: int) -> int:
    """Returns how long a deadline may lie, where the gate waits for intake for so long (ms).

    While it waits, it looks for those that have come due since after a tenth of that time again, and waits as long for
    them. Between two moments of a stretch nobody may have been there; and ten seconds more are allowed after an outage.
    """
    return gate_ms + gate_ms // 10 + APART_MS + 10_000


class Stretch(NamedTuple):
    """A time in which a lane was in step (UTC ms)."""

    start: int
    end: int


class Pace:
    """When a lane was in step, as far as what it published was compared."""

    def __init__(self, patience_ms: int) -> None:
        """Begins; deadlines may lie for that long."""
        self.patience_ms = patience_ms
        self._times: list[int] = []
        self._stretches: list[Stretch] = []

    def note(self, caused_ms: int, published_ms: int) -> None:
        """Looks at an outcome and its cause."""
        if published_ms - caused_ms <= IN_STEP_MS:
            self._times.append(published_ms)

    def overlooked(self, since_ms: int, came_ms: int) -> bool:
        """Returns whether a lane was in step for longer than its patience, all the while between two times."""
        return any(
            min(one.end, came_ms) - max(one.start, since_ms) > self.patience_ms
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
                if last is not None and last.end - last.start <= self.patience_ms:
                    stretches.pop()
                stretches.append(Stretch(time, time))
        del stretches[:-MOST_STRETCHES]
        self._times.clear()


class LetGo(NamedTuple):
    """A deadline that a lane let go: when, when it was due, and when it was set."""

    at_ms: int
    due: int
    armed_ms: int


class Releases:
    """The deadlines that a lane let go: of each ten seconds the first, and the one that was set last."""

    def __init__(self) -> None:
        self._moments: deque[LetGo] = deque(maxlen=MOST_MOMENTS)

    def note(self, one: LetGo) -> None:
        """Notes a deadline that took effect."""
        moments, now = self._moments, one.at_ms // LIES_MS
        if len(moments) < 2 or moments[-2].at_ms // LIES_MS != now:  # noqa: PLR2004  the first and another
            moments.append(one)
        elif one.armed_ms > moments[-1].armed_ms:
            moments[-1] = one

    def overlooked(self, due: int, armed_ms: int, came_ms: int) -> bool:
        """Returns whether others that were set and due later were let go before, at moments ten seconds apart."""
        since, latest = max(due, armed_ms), None
        for one in reversed(self._moments):
            if one.at_ms < since:
                return False
            is_later = one.due > due and one.armed_ms > armed_ms + CLOCKS_APART_MS
            if is_later and one.at_ms <= came_ms:
                latest = one.at_ms if latest is None else latest
                if latest - one.at_ms >= LIES_MS:
                    return True
        return False


class LateSuspect(NamedTuple):
    """A deadline that may have come too late: since when it was due, and when it came."""

    since_ms: int
    came_ms: int
    where: str


class Promptness:
    """Watches the deadlines of one partition of the spine."""

    def __init__(
        self, findings: Findings, pace: Pace, overtaking: Overtaking, judged_from_ms: int
    ) -> None:
        self._findings = findings
        self._overtaking = overtaking
        self._releases = Releases()
        self._pace = pace
        self._judged_from_ms = judged_from_ms
        self._suspects: list[LateSuspect] = []

    def look(self, record: Record, due: int, armed_ms: int) -> None:
        """Looks at a message of a lead that waits for `due`, which was set by a message of `armed_ms`."""
        since, came = max(due, armed_ms), record.timestamp_ms
        if due == NEVER or came - since <= LIES_MS or came < self._judged_from_ms:
            return
        where = f"{_place(record)}, due {due}: it came too late"
        if self._releases.overlooked(due, armed_ms, came):
            self._findings.name("late-deadline", where)
        elif came - since > self._pace.patience_ms:
            self._suspects.append(LateSuspect(since, came, where))

    def relayed(self, record: Record, message: Activity) -> None:
        """Looks at an activity that is applied."""
        if record.timestamp_ms >= self._judged_from_ms:
            self._overtaking.relayed(record, message)

    def reached(self, record: Record, due: int, next_due: int, armed_ms: int) -> None:
        """Looks at a message that says that a due time has passed, of a lead that waits for `next_due`."""
        if record.timestamp_ms < self._judged_from_ms:
            return
        self._findings.judged.deadlines += 1
        if record.timestamp_ms < due:
            where = f"{_place(record)}, due {due}, written {record.timestamp_ms}"
            self._findings.name("early-deadline", where)
        if next_due <= due:
            self._releases.note(LetGo(record.timestamp_ms, next_due, armed_ms))
            self._overtaking.reached(record, due)
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
        if due == NEVER:
            return
        since = max(due, armed_ms, self._judged_from_ms)
        if self._pace.overlooked(since, NEVER) or self._releases.overlooked(due, armed_ms, NEVER):
            self._findings.name("late-deadline", f"{_name(key)}, due {due}: it has not come")


def _name(key: bytes | None) -> str:
    return (key or b"").decode(errors="replace")


def _place(record: Record) -> str:
    return f"{record.topic}/{record.partition} offset {record.offset}: {_name(record.key)}"
