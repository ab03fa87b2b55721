"""SendGrid's events."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.intake.adapters.posted import event, fate, items, lead_id, message
from worker.intake.items import Admitted, DeadLetter, Ignored

POSTED = {
    "email": "Zoë@Example.com",
    "timestamp": 1_772_357_400,
    "event": "open",
    "sg_event_id": "sg-1",
    "sg_message_id": "m-1.filter",
    "category": ["spring", "webinar"],
}


def posted(**told: object) -> dict[str, Any]:
    return {**POSTED, **told}


KINDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"event": "delivered"}, {"kind": "delivered"}),
    ({"event": "open"}, {"kind": "opened"}),
    ({"event": "open", "sg_machine_open": False}, {"kind": "opened", "automated": False}),
    ({"event": "open", "sg_machine_open": True}, {"kind": "opened", "automated": True}),
    ({"event": "open", "sg_machine_open": "true"}, {"kind": "opened", "automated": True}),
    ({"event": "OPEN"}, {"kind": "opened"}),
    ({"event": "click", "url": "/pricing"}, {"kind": "clicked", "link_url": "/pricing"}),
    ({"event": "bounce", "type": "bounce"}, {"kind": "bounced", "bounce": "hard"}),
    ({"event": "bounce"}, {"kind": "bounced", "bounce": "hard"}),
    ({"event": "bounce", "type": "blocked"}, {"kind": "bounced", "bounce": "soft"}),
    ({"event": "dropped", "reason": "Bounced Address"}, {"kind": "bounced", "bounce": "hard"}),
    ({"event": "dropped", "reason": "Invalid"}, {"kind": "bounced", "bounce": "hard"}),
    ({"event": "dropped", "reason": "Unsubscribed Address"}, {"kind": "unsubscribed"}),
    ({"event": "dropped", "reason": "Spam Reporting Address"}, {"kind": "complained"}),
    ({"event": "unsubscribe"}, {"kind": "unsubscribed"}),
    ({"event": "group_unsubscribe", "asm_group_id": 7}, {"kind": "unsubscribed"}),
    ({"event": "spamreport"}, {"kind": "complained"}),
]


@pytest.mark.parametrize("told, expected", KINDS)
def test_a_kind_becomes_an_engagement(told: dict[str, Any], expected: dict[str, Any]) -> None:
    shared = {
        "source": "sendgrid",
        "event_id": "sg-1",
        "occurred_at": "2026-03-01T09:30:00.000Z",
        "email": "Zoë@Example.com",
        "message_id": "m-1.filter",
        "campaign": "spring",
    }
    assert event("sendgrid", posted(**told)).event == {**shared, **expected}
    assert fate("sendgrid", posted(**told)) == "EmailEngaged"


@pytest.mark.parametrize(
    "told",
    [
        {"event": "processed"},
        {"event": "deferred", "attempt": "1"},
        {"event": "dropped", "reason": "Invalid SMTPAPI header"},
        {"event": "dropped"},
        {"event": "group_resubscribe"},
        {"event": "account_status_change"},
    ],
)
def test_what_says_nothing_of_a_lead_is_ignored_with_a_reason(told: dict[str, Any]) -> None:
    assert fate("sendgrid", posted(**told)).startswith("sendgrid: ")


@pytest.mark.parametrize(
    "told, code",
    [
        ({"event": "teleported"}, "schema.invalid"),
        ({"event": None}, "schema.invalid"),
        ({"event": ["open"]}, "schema.invalid"),
        ({"event": "bounce", "type": "shrug"}, "schema.invalid"),
        ({"timestamp": None}, "schema.invalid"),
        ({"timestamp": "noon"}, "schema.invalid"),
        ({"timestamp": True}, "schema.invalid"),
        ({"timestamp": 1e30}, "schema.invalid"),
        ({"timestamp": 1_772_357_400_000}, "schema.invalid"),
        ({"timestamp": 0}, "time.past"),
        ({"timestamp": -1}, "time.past"),
        ({"timestamp": "2026-03-01T09:30:00"}, "time.missing_offset"),
        ({"email": None}, "identity.missing"),
        ({"email": "nobody@nowhere"}, "identity.missing"),
        ({"email": 7}, "schema.invalid"),
        ({"sg_event_id": "x" * 129}, "schema.invalid"),
        ({"event": "open", "sg_machine_open": "perhaps"}, "schema.invalid"),
    ],
)
def test_what_the_table_has_no_word_for_is_a_dead_letter(told: dict[str, Any], code: str) -> None:
    assert fate("sendgrid", posted(**told)) == code


@pytest.mark.parametrize(
    "timestamp, at",
    [
        (1_772_357_400, 1_772_357_400_000),
        ("1772357400", 1_772_357_400_000),
        (" 1772357400 ", 1_772_357_400_000),
        (1_772_357_400.25, 1_772_357_400_250),
        ("1772357400.2509", 1_772_357_400_250),
        ("2026-03-01T10:30:00+01:00", 1_772_357_400_000),
    ],
)
def test_seconds_are_a_number_or_its_digits(timestamp: object, at: int) -> None:
    assert message("sendgrid", posted(timestamp=timestamp)).at == at


def test_lead_id_travels_as_a_custom_argument() -> None:
    assert lead_id("sendgrid", posted(lead_id="L-1")) == "L-1"
    assert lead_id("sendgrid", posted(lead_id=17)) == "17"
    assert lead_id("sendgrid", posted(unique_args={"lead_id": "L-2"})) == "L-2"
    assert lead_id("sendgrid", posted(lead_id="")) == "email:zoë@example.com"


def test_an_event_without_an_id_is_named_by_itself() -> None:
    one, again, other = (
        event("sendgrid", thing).event["event_id"]
        for thing in (
            posted(sg_event_id=None),
            dict(reversed(posted(sg_event_id=None).items())),
            posted(sg_event_id=None, timestamp=1_772_357_401),
        )
    )
    assert one == again != other


def test_an_array_keeps_its_places_and_one_bad_item_harms_no_other() -> None:
    told = items(
        "sendgrid",
        [posted(), posted(event="processed"), 7, posted(event="?"), posted(sg_event_id="sg-2")],
    )
    assert [item.item for item in told] == [0, 1, 2, 3, 4]
    assert [type(item) for item in told] == [Admitted, Ignored, DeadLetter, DeadLetter, Admitted]


def test_an_array_of_more_items_than_a_body_has_room_for_is_one_dead_letter() -> None:
    assert [item.item for item in items("sendgrid", [0] * 10_000)] == [*range(10_000)]
    assert fate("sendgrid", [0] * 10_001) == "json.limits"


def test_an_empty_array_holds_nothing() -> None:
    assert items("sendgrid", []) == []


@pytest.mark.parametrize("body", [None, 7, "open", True])
def test_a_body_that_is_neither_object_nor_array_is_a_dead_letter(body: object) -> None:
    assert fate("sendgrid", body) == "schema.invalid"
