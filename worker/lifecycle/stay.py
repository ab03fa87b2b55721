"""How long a lead stays: the legs of a stay, which run one after the other, and when the one that runs ends."""

from __future__ import annotations

from typing import Any

from worker.lifecycle.calendar import later, rfc3339
from worker.lifecycle.language.pieces import Leg
from worker.lifecycle.language.plan import Effects, Policy
from worker.lifecycle.record import NEVER, Lifecycle


def begin_stay(policy: Policy, lifecycle: Lifecycle, now: int) -> None:
    """Begins the first leg of the stay in the current status."""
    lifecycle.leg = 0
    _run(policy, lifecycle, now)


def next_leg(policy: Policy, lifecycle: Lifecycle, now: int) -> None:
    """Ends the leg that runs and begins the next one; after the last nothing ends the stay."""
    lifecycle.leg += 1
    _run(policy, lifecycle, now)


def heed_activity(policy: Policy, lifecycle: Lifecycle, effects: Effects, now: int) -> None:
    """Lets an activity end the leg that runs, or begin it anew."""
    if lifecycle.leg in effects.ends:
        next_leg(policy, lifecycle, now)
    elif lifecycle.leg in effects.renews:
        _run(policy, lifecycle, now)


def running_leg(policy: Policy, lifecycle: Lifecycle) -> Leg | None:
    """Returns the leg that runs, None where the stay has no end."""
    legs = policy.status(lifecycle.status).stay
    return legs[lifecycle.leg] if lifecycle.leg < len(legs) else None


def reason_of(leg: Leg, lifecycle: Lifecycle) -> str | None:
    """Returns the reason for which a leg ends."""
    return lifecycle.reason if leg.keep_reason else leg.reason


def deadline_of(policy: Policy, lifecycle: Lifecycle) -> dict[str, Any] | None:
    """Describes how the current stay ends by itself, or None where it does not."""
    leg = running_leg(policy, lifecycle)
    if leg is None or lifecycle.due == NEVER:
        return None
    reason = reason_of(leg, lifecycle)
    return {"due_at": rfc3339(lifecycle.due), "to_status": leg.to, "reason": reason}


def _run(policy: Policy, lifecycle: Lifecycle, now: int) -> None:
    leg = running_leg(policy, lifecycle)
    ends = leg is not None and leg.span is not None and lifecycle.reason not in leg.except_reasons
    due = later(now, leg.span) if ends else NEVER  # type: ignore[union-attr,arg-type]
    lifecycle.due = (
        due if due > now else NEVER
    )  # at the end of the calendar a circle of stays would turn for ever
