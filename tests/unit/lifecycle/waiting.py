"""One lead and its account, for tests of what waits: what is said to the lead, and what comes of it."""

from __future__ import annotations

from schemas.spine import AccountUpdated, FormSubmitted, PageVisited, ProfileUpdated
from schemas.vocabulary import Relationship
from worker.lifecycle.decide import Decision
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.receive import Received, receive
from worker.lifecycle.record import Lead, decode_lead, encode_lead
from worker.presets import load

NOON = 1_760_000_000_000
ARRIVED = 1_760_100_000_000


class Life:
    """One lead under one policy, kept as its lane keeps it."""

    def __init__(self, policy: str = "inside-sales") -> None:
        self.policy: Policy = load(policy)
        self.lead: Lead | None = None
        self.told: list[tuple[str, str]] = []

    def hears(self, message: Received, arrived_at: int = ARRIVED) -> Decision:
        decision = receive(self.policy, self.lead, "ada", message, arrived_at=arrived_at)
        if decision.lead is not None:
            self.lead = decode_lead(encode_lead(decision.lead))
        for outcome in decision.outcomes:
            change = outcome.value.get("to_status", outcome.type)
            self.told.append((outcome.value["cause"]["event_id"] or "deadline", change))
        return decision

    def statuses(self) -> list[str]:
        return [status for _, status in self.told if status != "handoff"]

    def waits(self) -> int:
        waiting = None if self.lead is None else self.lead.waiting
        return 0 if waiting is None else len(waiting.messages)


def form(event_id: str = "form", at: int = 0, **profile: str) -> FormSubmitted:
    return FormSubmitted(
        event_id=event_id,
        source="site",
        at=NOON + at,
        content=1,
        form_id="contact_us",
        profile=dict(profile),
    )


def moves(event_id: str, account: str | None, at: int = 0) -> ProfileUpdated:
    return ProfileUpdated(
        event_id=event_id, source="crm", at=NOON + at, content=1, profile={"account_id": account}
    )


def visit(number: int, page: str = "") -> PageVisited:
    return PageVisited(
        event_id=f"v{number}", source="site", at=NOON + number, content=1, page_url=page
    )


def word(relationship: Relationship, account: str = "acme", at: int = 0) -> AccountUpdated:
    return AccountUpdated(
        event_id=f"{account} is {relationship}",
        source="crm",
        at=NOON + at,
        content=0,
        account_id=account,
        relationship=relationship,
    )
