"""Engagement of a lifecycle: what an activity adds within its caps, and what time takes."""

from __future__ import annotations

from worker.lifecycle.calendar import utc_day, utc_week
from worker.lifecycle.language.facts import Situation
from worker.lifecycle.language.pieces import Cap, Points
from worker.lifecycle.language.plan import Effects, Policy
from worker.lifecycle.outcomes import Turn
from worker.lifecycle.record import Lifecycle


def give_points(turn: Turn, lifecycle: Lifecycle, effects: Effects, situation: Situation) -> None:
    """Adds what an activity scores; the engagement fades up to now first."""
    if effects.wakes:
        _set_engagement(turn, lifecycle, 0)
        lifecycle.idle_from = turn.now
    for line in effects.points:
        if line.holds(situation):
            points = line.points if line.cap is None else _within(line, line.cap, turn, lifecycle)
            if points:
                _set_engagement(turn, lifecycle, points)
            return


def zero_engagement(policy: Policy, lifecycle: Lifecycle, now: int) -> None:
    """Begins engagement from zero; the idleness up to now has had its effect."""
    _fix_engagement(policy, lifecycle, now, 0)


def _set_engagement(turn: Turn, lifecycle: Lifecycle, more: int) -> None:
    """Fixes the engagement as it reads now, with something added."""
    _fix_engagement(turn.policy, lifecycle, turn.now, turn.engagement(lifecycle) + more)


def _fix_engagement(policy: Policy, lifecycle: Lifecycle, now: int, engagement: int) -> None:
    lifecycle.engagement, lifecycle.engaged_at = engagement, now
    span = policy.fading.idle_after
    if span is not None and lifecycle.idle_from:
        lifecycle.idle_from += (now - lifecycle.idle_from) // span * span


def _within(line: Points, cap: Cap, turn: Turn, lifecycle: Lifecycle) -> int:
    """Returns the points that the day or the week still allows, and counts them."""
    if cap.weekly:
        week = utc_week(turn.now)
        if lifecycle.week != week:
            lifecycle.week, lifecycle.week_points = week, {}
        points, lifecycle.week_points = _shared_out(line, cap, lifecycle.week_points)
    else:
        day = utc_day(turn.now)
        if lifecycle.day != day:
            lifecycle.day, lifecycle.day_points = day, {}
        points, lifecycle.day_points = _shared_out(line, cap, lifecycle.day_points)
    return points


def _shared_out(line: Points, cap: Cap, given: dict[str, int]) -> tuple[int, dict[str, int]]:
    before = given.get(line.on, 0)
    points = max(0, min(line.points, cap.points - before))
    return points, {**given, line.on: before + points}
