"""Giving points: the first line of the policy's table that fits an activity, within its cap of the UTC day."""

from __future__ import annotations

from worker.lifecycle.calendar import utc_day
from worker.lifecycle.facts import Situation
from worker.lifecycle.outcomes import Turn
from worker.lifecycle.plan import Points
from worker.lifecycle.record import Lifecycle
from worker.lifecycle.signals import Signals
from worker.lifecycle.transition import engagement_at


def give_points(turn: Turn, lifecycle: Lifecycle, signals: Signals, situation: Situation) -> None:
    """Adds what an activity scores to the engagement of a lifecycle, which fades up to now first."""
    for line in turn.policy.points_for(signals):
        if line.holds(situation):
            points = _within_cap(lifecycle, line, utc_day(turn.now))
            if points:
                engagement = engagement_at(turn.policy, lifecycle, turn.now)
                lifecycle.engagement = engagement + points
                lifecycle.engaged_at = turn.now
            return


def _within_cap(lifecycle: Lifecycle, line: Points, today: int) -> int:
    """Returns the points that the day still allows, and count them."""
    if line.cap is None:
        return line.points
    if lifecycle.day != today:
        lifecycle.day, lifecycle.day_points = today, {}
    given = lifecycle.day_points.get(line.on, 0)
    points = max(0, min(line.points, line.cap - given))
    lifecycle.day_points[line.on] = given + points
    return points
