"""What is published: outcomes as contracts have them, numbered by lead and product."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import orjson

from schemas.spine import FormSubmitted, Told
from worker.lifecycle.calendar import rfc3339
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.record import Lead, Lifecycle

OutcomeType = Literal["contactability", "status-change", "handoff", "refusal"]


class Outcome(msgspec.Struct, frozen=True):
    """One event to publish: its type (the topic without `leads.` and `.v1`), the lead, and the value."""

    type: OutcomeType
    key: str
    value: dict[str, Any]

    def encoded(self) -> bytes:
        """Writes the value as JSON."""
        return orjson.dumps(self.value)


class Turn:
    """One cause at work on one lead: the lead being changed, the lead's time, and the outcomes so far.

    `activity` is None where a deadline is the cause; its due time is the lead's time then.
    """

    __slots__ = (
        "_common",
        "_fit",
        "activity",
        "intent",
        "lead",
        "lead_id",
        "now",
        "outcomes",
        "policy",
    )

    def __init__(self, policy: Policy, lead_id: str, lead: Lead, activity: Told | None) -> None:
        """Begins at the lead's clock."""
        self.policy = policy
        self.lead_id = lead_id
        self.lead = lead
        self.activity = activity
        self.intent = policy.intent_of(activity) if type(activity) is FormSubmitted else None
        self.now = lead.clock
        self._fit: int | None = None
        self._common: dict[str, Any] | None = None
        self.outcomes: list[Outcome] = []

    def engagement(self, lifecycle: Lifecycle) -> int:
        """Returns the engagement of a lifecycle at the lead's time, in thousandths of a point."""
        return self.policy.engagement_at(lifecycle, self.now)

    def fit(self) -> int:
        """Returns the fit of the person, in thousandths of a point; worked out once."""
        if self._fit is None:
            self._fit = self.policy.fit_of(self.lead)
        return self._fit

    def publish(self, kind: OutcomeType, product: str, fields: dict[str, Any]) -> None:
        """Adds an outcome under the lifecycle's next number."""
        seqs = self.lead.seqs
        seq = seqs.get(product, 0) + 1
        self.lead.seqs = {**seqs, product: seq}
        value = {
            "event_id": f"{self.lead_id}/{product}/{seq}",
            "lead_id": self.lead_id,
            "product": product,
            "seq": seq,
            **self._in_common(),
            **fields,
        }
        self.outcomes.append(Outcome(kind, self.lead_id, value))

    def _in_common(self) -> dict[str, Any]:
        """Returns what all outcomes of this cause say; written once, because half of them come in pairs."""
        if self._common is None:
            self._common = {
                "occurred_at": rfc3339(self.now),
                "cause": cause_of(self.activity, self.now),
                "policy": self.policy.reference,
            }
        return self._common


def cause_of(activity: Told | None, at: int) -> dict[str, str | None]:
    """Describes what led to an outcome; without an activity it is a deadline that was due `at` this time."""
    if activity is None:
        return {"type": "deadline", "event_id": None, "source": None, "occurred_at": rfc3339(at)}
    return {
        "type": activity.topic_type,
        "event_id": activity.event_id,
        "source": activity.source,
        "occurred_at": rfc3339(activity.at),
    }
