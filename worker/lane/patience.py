"""How a failed lane goes on: it waits before it opens again, takes less at a time, and has failed too often one day."""

from __future__ import annotations

import random
from collections import deque

from worker.lane.limits import Limits

ROUNDS_UNTIL_MORE = 16
"""After so many a lane takes twice as much again: it comes further by them than a failure throws it back."""


class Failures:
    """Failures within the window."""

    def __init__(self, limits: Limits) -> None:
        self._seconds = limits.failures_window_seconds
        self._times: deque[float] = deque()

    def counted(self, now: float) -> int:
        """Counts one more, and returns how many there were within the window."""
        self._times.append(now)
        while self._times[0] < now - self._seconds:
            self._times.popleft()
        return len(self._times)


class Patience:
    """What one lane remembers of its failures."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._failures = Failures(limits)
        self._rounds = 0
        self.records = limits.max_records
        """How many to take at a time: half as many after each failure, for a round may be too large to be written in
        its time, as over a quota; then more again, by and by."""

    def succeeded(self) -> None:
        """Counts a round; after some of them more is taken again."""
        self._rounds += 1
        if self._rounds == ROUNDS_UNTIL_MORE:
            self.records, self._rounds = min(2 * self.records, self._limits.max_records), 0

    def failed(self, now: float) -> int:
        """Counts a failure of a lane that had been ready, and returns how many there were within the window."""
        self.records, self._rounds = max(1, self.records // 2), 0
        return self._failures.counted(now)

    def delay(self) -> float:
        """Returns how long to wait this time (seconds): no two lanes alike."""
        return self._limits.reopen_seconds * (1 + random.random())  # noqa: S311 - only to spread lanes in time
