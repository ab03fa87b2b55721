"""Engagement and counters, worked out slowly: every event is kept, and fading is decimal arithmetic.

What an activity is called and which line of the points table fits it is asked of the policy; when the status changed is
taken from what was decided. All else is computed here anew: caps by adding up the day or the week, idleness by looking
for the last sign of life, and counters by counting.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_FLOOR, Decimal, localcontext
from typing import Any

import msgspec

from schemas.spine import FormSubmitted, Told
from tests.laws.telling import Decide, steps
from worker.lifecycle.decide import Decision
from worker.lifecycle.language.facts import Situation
from worker.lifecycle.language.pieces import Points
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.record import Lead
from worker.lifecycle.signals import signals_of

DAY = 86_400_000
MOST_LATELY = 16


class Event(msgspec.Struct):
    """One thing that happened to the lifecycle: an activity with its signals, or entering a status."""

    at: int
    signals: frozenset[str] = frozenset()
    line: Points | None = None
    entered: bool = False
    zeroed: bool = False


def events_of(policy: Policy, history: list[Told], by: Decide) -> list[Event]:
    """Returns what happened to the lifecycle of `*`, in the order in which it had its effect."""
    events: list[Event] = []
    for activity, (_, decision) in zip(history, steps(policy, history, by), strict=True):
        changes = [o.value for o in decision.outcomes if o.type == "status-change"]
        events += [_entered(policy, c) for c in changes if c["cause"]["type"] == "deadline"]
        own = [change for change in changes if change["cause"]["type"] != "deadline"]
        lead = decision.lead
        if lead is not None and _was_folded(decision):
            here = lead.lifecycles["*"].status if not own else own[0]["from_status"]
            events.append(_of_activity(policy, activity, lead, here))
        events += [_entered(policy, change) for change in own]
    return events


def _was_folded(decision: Decision) -> bool:
    conflict = any(o.value.get("code") == "event.conflict" for o in decision.outcomes)
    return decision.verdict in {"applied", "refused"} and not conflict


def _entered(policy: Policy, change: dict[str, Any]) -> Event:
    to = policy.status(change["to_status"])
    at = round(datetime.fromisoformat(change["occurred_at"]).timestamp() * 1000)
    zeroed = (change["from_status"] or "new") in to.forgets_engagement
    return Event(at, entered=True, zeroed=zeroed)


def _of_activity(policy: Policy, activity: Told, lead: Lead, status: str | None) -> Event:
    intent = policy.intent_of(activity) if isinstance(activity, FormSubmitted) else None
    in_talks = policy.status(status).in_talks
    signals = signals_of(activity, intent, in_talks=in_talks)
    situation = Situation(lead, policy.traits, activity=activity, intent=intent)
    fitting = (line for line in policy.points if line.on in signals and line.holds(situation))
    return Event(lead.clock, signals, next(fitting, None))


def slow_engagement(policy: Policy, history: list[Told], by: Decide) -> int:
    """Returns thousandths of a point after the last event that set them."""
    fading, score, scored_at, idle_from = policy.fading, 0, 0, 0
    given: list[tuple[Points, int, int]] = []

    def reading(now: int) -> int:
        left = (
            score if fading.half_life is None else _faded(score, now - scored_at, fading.half_life)
        )
        for _ in range(_spans(idle_from, now, fading.idle_after)):
            left = max(left + fading.idle_points, min(left, 0))
        return left

    for event in events_of(policy, history, by):
        points = _within_cap(event, given)
        acted = fading.idle_after is not None and "lead_acted" in event.signals
        if not (event.zeroed or points or acted):
            continue
        score = 0 if event.zeroed else reading(event.at) + points
        scored_at = event.at
        idle_from += _spans(idle_from, event.at, fading.idle_after) * (fading.idle_after or 0)
        idle_from = event.at if acted else idle_from
    return score


def _within_cap(event: Event, given: list[tuple[Points, int, int]]) -> int:
    """Returns what the caps leave of an event's points, and keeps it with those given before."""
    line = event.line
    if line is None or line.cap is None:
        return 0 if line is None else line.points
    period = _period(event.at, weekly=line.cap.weekly)
    same = (
        points
        for other, at, points in given
        if other.on == line.on
        and other.cap is not None
        and other.cap.weekly == line.cap.weekly
        and _period(at, weekly=line.cap.weekly) == period
    )
    points = max(0, min(line.points, line.cap.points - sum(same)))
    given.append((line, event.at, points))
    return points


def _period(at: int, *, weekly: bool) -> tuple[int, ...]:
    day = datetime.fromtimestamp(at // 1000, UTC).date()
    return day.isocalendar()[:2] if weekly else (day.year, day.month, day.day)


def _spans(since: int, now: int, span: int | None) -> int:
    return 0 if span is None or not since else (now - since) // span


def _faded(score: int, elapsed: int, half_life: int) -> int:
    with localcontext() as context:
        context.prec = 60
        left = score * Decimal(2) ** (Decimal(-elapsed) / Decimal(half_life))
        return int((left + Decimal("0.5")).to_integral_value(rounding=ROUND_FLOOR))


def slow_counts(policy: Policy, history: list[Told], by: Decide) -> dict[str, int]:
    """Returns what each counter has counted at the lead's last time."""
    events = events_of(policy, history, by)
    clock = max((event.at for event in events), default=0)
    for _, decision in steps(policy, history, by):
        clock = clock if decision.lead is None else decision.lead.clock
    counts = {}
    for counter in policy.counters:
        times: list[int] = []
        for event in events:
            begun = {"entering": event.entered, "zeroing": event.zeroed, "ever": False}
            if begun[counter.since]:
                times = []
            times += [event.at] if counter.of in event.signals else []
        if counter.within is not None:
            times = [at for at in times[-MOST_LATELY:] if at > clock - counter.within]
        counts[counter.name] = len(times)
    return counts
