"""How long a failed lane waits before it opens again, and when it has failed too often."""

from __future__ import annotations

import random
from collections import deque

from worker.lane.limits import Limits


class Patience:
    """What one lane remembers of its failures."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._delay = limits.reopen_first_seconds
        self._failures: deque[float] = deque()

    def succeeded(self) -> None:
        """Starts over with the shortest wait."""
        self._delay = self._limits.reopen_first_seconds

    def failed(self, now: float) -> int:
        """Counts a failure of a lane that had been ready, and returns how many there were within the window."""
        self._failures.append(now)
        while self._failures[0] < now - self._limits.failures_window_seconds:
            self._failures.popleft()
        return len(self._failures)

    def delay(self) -> float:
        """Returns how long to wait this time: longer each time, up to a limit, and no two lanes alike."""
        delay = self._delay
        self._delay = min(delay * self._limits.reopen_growth, self._limits.reopen_most_seconds)
        return delay * (1 + random.random())  # noqa: S311 - only to spread lanes in time
