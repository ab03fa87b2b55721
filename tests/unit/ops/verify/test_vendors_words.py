"""By a vendor's words the oracle tells what is left out and what is missed, as the vendor's table has it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.ops.verify.agreeing import compared
from topics.catalogue import name_of
from worker.intake.adapters.table import Ignore
from worker.intake.adapters.vendors import TABLES
from worker.intake.admit import admit
from worker.intake.items import Admitted, Ignored
from worker.lane.processor import Record

NOON = 1_790_000_000_000


def ignored_samples() -> list[tuple[str, dict[str, str]]]:
    """Returns an item for each plain word for which a vendor's table leaves items out."""
    samples = []
    for kind, table in TABLES.items():
        for rule in table.rules:
            if not isinstance(rule, Ignore) or any("*" in key for key in rule.when):
                continue
            chosen = {key.rstrip("?"): words.split("|")[0] for key, words in rule.when.items()}
            path, words = next(iter(rule.when.items()))
            samples += [(kind, {**chosen, path.rstrip("?"): word}) for word in words.split("|")]
    return samples


@pytest.mark.parametrize("kind, item", ignored_samples())
def test_what_a_table_leaves_out_may_be_nowhere(kind: str, item: dict[str, str]) -> None:
    value, topic = json.dumps(item).encode(), name_of(kind)
    (became,) = admit(kind, value)
    assert isinstance(became, Ignored)
    compared(topic, Record(topic, 0, 0, NOON, None, value))


NOT_PLAIN = [
    ("raw.sendgrid", {"event": "proce\u017f\u017fed"}),
    ("raw.hubspot-email", {"type": "pr\u0130nt"}),
    ("raw.hubspot-email", {"type": "pr\u0131nt"}),
    ("raw.hubspot-email", {"type": "pri\u0307nt"}),
    ("raw.hubspot-call", {"hs_call_status": "r\u0130nging"}),
    ("raw.typeform", {"event_type": "form_response", "response_type": "\u017ftarted"}),
    (
        "raw.typeform",
        {
            "event_type": "form_response",
            "response_type": "\u017ftarted",
            "form_id": "f",
            "token": "t",
            "submitted_at": "2026-03-01T09:00:00Z",
            "hidden": {"lead_id": "ana"},
        },
    ),
    (
        "raw.sendgrid",
        {
            "event": "dropped",
            "reason": "\u0131nvalid",
            "timestamp": 1_790_000_000,
            "lead_id": "ana",
        },
    ),
    ("raw.sendgrid", {"event": "clic\u212a", "timestamp": 1_790_000_000, "lead_id": "ana"}),
    (
        "raw.hubspot-call",
        {"id": 1, "hs_call_status": "fa\u0131led", "hs_timestamp": NOON, "lead_id": "ana"},
    ),
    (
        "raw.hubspot-call",
        {"hs_timestamp": NOON, "hs_call_direction": "\u0131nbound", "hs_call_status": "busy"}
        | {"lead_id": "ana"},
    ),
    ("raw.sendgrid", {"event": "dropped", "reason": [{"status": "invalid"}]}),
    ("raw.hubspot-email", {"type": "dropped", "dropReason": [{"status": "previous_spam"}]}),
    (
        "raw.hubspot-email",
        {
            "type": "statuschange",
            "bounced": True,
            "portalSubscriptionStatus": [{"status": "subscribed"}],
        },
    ),
    (
        "raw.hubspot-email",
        {"type": "statuschange", "bounced": True, "subscriptions": "unsubscribed"},
    ),
]
"""Words in letters that are ASCII ones where case is none, and words where an array should stand, or the reverse."""


@pytest.mark.parametrize("kind, item", NOT_PLAIN)
def test_the_door_makes_of_strange_words_what_the_oracle_expects(
    kind: str, item: dict[str, object]
) -> None:
    value = json.dumps(item).encode()
    compared(name_of(kind), Record(name_of(kind), 0, 0, NOON, None, value))


CALLED = {"id": "1", "hs_timestamp": NOON, "lead_id": "ana"}
MAILED = {"id": "1", "created": NOON, "recipient": "ana@acme.example"}
TELLING: list[tuple[str, dict[str, Any]]] = [
    *(
        ("raw.hubspot-call", {**CALLED, "hs_call_status": status})
        for status in ("BUSY", "NO_ANSWER", "FAILED", "CANCELED")
    ),
    *(
        ("raw.hubspot-email", {**MAILED, "type": "STATUSCHANGE", "portalSubscriptionStatus": word})
        for word in ("SUBSCRIBED", "UNSUBSCRIBED")
    ),
    (
        "raw.hubspot-email",
        {
            **MAILED,
            "type": "STATUSCHANGE",
            "subscriptions": [{"id": 1}, {"status": "UNSUBSCRIBED"}],
        },
    ),
    *(
        ("raw.hubspot-email", {**MAILED, "type": "DROPPED", "dropReason": reason})
        for reason in ("PREVIOUSLY_BOUNCED", "PREVIOUSLY_UNSUBSCRIBED_MESSAGE", "PREVIOUS_SPAM")
    ),
    *(
        (
            "raw.sendgrid",
            {
                "event": "dropped",
                "reason": reason,
                "timestamp": NOON // 1_000,
                "email": "a@b.example",
            },
        )
        for reason in (
            "Bounced Address",
            "Invalid",
            "Unsubscribed Address",
            "Spam Reporting Address",
        )
    ),
]


@pytest.mark.parametrize("kind, item", TELLING)
def test_what_says_something_of_a_lead_is_missed_beside_others_that_are_left_out(
    kind: str, item: dict[str, object]
) -> None:
    value, topic = json.dumps(item).encode(), name_of(kind)
    (became,) = admit(kind, value)
    assert isinstance(became, Admitted)
    compared(topic, Record(topic, 0, 0, NOON, None, value))
