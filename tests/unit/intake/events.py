"""Events to put before the door, and short ways to ask what became of them."""

from __future__ import annotations

from typing import Any

import orjson

from schemas.envelope import Headers
from worker.intake.admit import admit
from worker.intake.items import Admitted, DeadLetter, Item

AT = "2026-03-01T09:30:00.250Z"
AT_MS = 1_772_357_400_250
NAMED = {"event_id": "e-1", "source": "test", "occurred_at": AT, "lead_id": "L-1"}

LEAST: dict[str, dict[str, Any]] = {
    "form-submission": {**NAMED, "form_id": "demo_request"},
    "email-engagement": {**NAMED, "kind": "opened"},
    "call-disposition": {**NAMED, "outcome": "connected"},
    "crm-update": {**NAMED, "action": "ownership_requested", "by_team": "sales"},
    "account-update": {**NAMED, "account_id": "A-1", "relationship": "client"},
    "web-visit": {**NAMED},
}
"""The least that each event type takes."""


def item(
    kind: str,
    told: object,
    headers: Headers = (),
    recorded_ms: int | None = None,
    *,
    strict: bool = False,
) -> Item:
    """Returns the only item of an event."""
    (only,) = admit(kind, orjson.dumps(told), headers, recorded_ms, strict=strict)
    return only


def admitted(kind: str, told: object, headers: Headers = ()) -> Admitted:
    """Returns the item of an event that is admitted."""
    only = item(kind, told, headers)
    assert isinstance(only, Admitted), only
    return only


def activity(kind: str, told: object, headers: Headers = ()) -> Any:
    """Returns the message that an event becomes."""
    return admitted(kind, told, headers).activity


def code(
    kind: str,
    told: object,
    headers: Headers = (),
    recorded_ms: int | None = None,
    *,
    strict: bool = False,
) -> str | None:
    """Returns the dead letter's code, None where there is none."""
    letter = item(kind, told, headers, recorded_ms, strict=strict)
    return letter.code if isinstance(letter, DeadLetter) else None
