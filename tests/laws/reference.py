"""Engagement, computed slowly: every event is kept, the weights are written out, and fading is decimal arithmetic."""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_FLOOR, Decimal, localcontext

from schemas.spine import EmailEngaged, FormSubmitted, LeadCreated, PageVisited, Told

ACTION_FORMS = {"contact_us", "pricing", "assessment_request", "demo_request", "quote"}
HALF_LIFE_DAYS = 90
DAY = 86_400_000


def slow_engagement(history: list[Told]) -> int:
    """Thousandths of a point after the last event that scored."""
    score, scored_at, clock = Decimal(0), 0, 0
    given: dict[tuple[int, str], int] = defaultdict(int)
    seen: set[tuple[str, str]] = set()
    for activity in history:
        clock_before, clock = clock, max(clock, activity.at)
        if (activity.source, activity.event_id) in seen:
            if _repeats(activity, history):
                clock = clock_before
            continue
        seen.add((activity.source, activity.event_id))
        points, kind, cap = _weight(activity)
        if cap is not None:
            points = min(points, cap - given[clock // DAY, kind])
            given[clock // DAY, kind] += points
        if points:
            score = _faded(score, clock - scored_at) + 1000 * points
            scored_at = clock
    return int(score)


def _repeats(activity: Told, history: list[Told]) -> bool:
    return any(
        (other.source, other.event_id, other.content)
        == (activity.source, activity.event_id, activity.content)
        for other in history[: [id(told) for told in history].index(id(activity))]
    )


def _faded(score: Decimal, elapsed: int) -> Decimal:
    with localcontext() as context:
        context.prec = 60
        left = score * Decimal(2) ** (Decimal(-elapsed) / Decimal(HALF_LIFE_DAYS * DAY))
        return (left + Decimal("0.5")).to_integral_value(rounding=ROUND_FLOOR)


def _weight(activity: Told) -> tuple[int, str, int | None]:
    """Points, the kind they are capped by, and the most of a UTC day."""
    match activity:
        case FormSubmitted(form_id=form) if form in ACTION_FORMS:
            return 30, "form", None
        case FormSubmitted(form_id="webinar"):
            return 10, "form", None
        case FormSubmitted():
            return 15, "form", None
        case LeadCreated(origin="trade_show"):
            return 15, "card", None
        case EmailEngaged(kind="clicked", automated=False):
            return 5, "click", 20
        case EmailEngaged(kind="replied", automated=False):
            return 20, "reply", None
        case PageVisited(category="pricing"):
            return 10, "page", None
        case PageVisited(category="careers"):
            return -10, "page", None
        case PageVisited():
            return 1, "visit", 10
        case _:
            return 0, "nothing", None
