"""Fetches that fail: after some in a row the process joins anew, and after some such joins it stops."""

from __future__ import annotations

import asyncio

from worker.lane.errors import LaneKeepsFailing, broke_at
from worker.lane.limits import Limits
from worker.lane.patience import Failures


class Fetches:
    """What one engine remembers of its fetches."""

    def __init__(self, limits: Limits, name: str) -> None:
        self._limits = limits
        self._name = name
        self._in_a_row = 0
        self._memberships = Failures(limits)

    def succeeded(self) -> None:
        """Forgets the failures in a row."""
        self._in_a_row = 0

    def failed(self, error: Exception) -> bool:
        """Counts a failure, and returns whether to join anew; LaneKeepsFailing where that was too often in vain."""
        self._in_a_row += 1
        if self._in_a_row < self._limits.fetch_failures_allowed:
            return False
        now = asyncio.get_running_loop().time()
        times, self._in_a_row = self._memberships.counted(now), 0
        if times >= self._limits.failures_allowed:
            raise LaneKeepsFailing(
                f"{self._name} joined its group {times} times and could not fetch, last with {broke_at(error)}"
            )
        return True
