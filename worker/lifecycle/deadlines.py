"""What time does by itself: stays that are over, and channels that nobody answers on."""

from __future__ import annotations

from typing import cast

from schemas.vocabulary import ContactabilityReason
from worker.lifecycle.contactability import set_channel
from worker.lifecycle.explain.notes import Began, Step, ended
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.outcomes import Outcome, Turn, cause_of
from worker.lifecycle.record import NEVER, Lead, Lifecycle
from worker.lifecycle.stay import next_leg, reason_of, running_leg
from worker.lifecycle.transition import Change, change_status, settle


def fire_deadlines(
    policy: Policy, lead: Lead, lead_id: str, until: int, steps: list[Step] | None = None
) -> list[Outcome]:
    """Changes `lead` by every deadline due at or before `until`, by due time and product; `steps` collects which."""
    outcomes: list[Outcome] = []
    while (due := lead.earliest_due()) <= until and due != NEVER:
        lead.clock = due
        turn = Turn(policy, lead_id, lead, None)
        ending = [p for p in sorted(lead.lifecycles) if lead.lifecycles[p].due == due]
        if steps is not None:
            steps.append(Began(cause_of(None, due)))
            steps += [one for p in ending for one in ended(policy, p, lead.lifecycles[p])]
        for product in ending:
            _close_channel(turn, lead.lifecycles[product])
        for product in ending:
            if lead.lifecycles[product].due == due:
                _end_stay(turn, product)
        outcomes += turn.outcomes
    return outcomes


def _close_channel(turn: Turn, lifecycle: Lifecycle) -> None:
    """Ends a leg that closes a channel; the status stays."""
    leg = running_leg(turn.policy, lifecycle)
    if leg is not None and leg.closes is not None:
        reason = cast("ContactabilityReason", leg.reason)
        set_channel(turn, leg.closes, allowed=False, reason=reason)
        next_leg(turn.policy, lifecycle, turn.now)


def _end_stay(turn: Turn, product: str) -> None:
    lifecycle = turn.lead.lifecycles[product]
    leg = running_leg(turn.policy, lifecycle)
    if leg is None or leg.to is None:
        lifecycle.due = NEVER
        settle(turn, product)
        return
    change_status(turn, product, Change(leg.to, "deadline", reason_of(leg, lifecycle)))
