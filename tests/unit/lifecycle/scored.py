"""Scores that are given instead of worked out, for tests of conditions."""

from __future__ import annotations

from worker.lifecycle.record import Lifecycle


class Scored:
    """The same scores whatever the lifecycle, in thousandths of a point."""

    def __init__(self, engagement: int = 0, fit: int = 0) -> None:
        self._engagement = engagement
        self._fit = fit

    def engagement(self, _: Lifecycle) -> int:
        return self._engagement

    def fit(self) -> int:
        return self._fit
