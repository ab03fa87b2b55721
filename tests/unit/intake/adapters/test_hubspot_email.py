"""HubSpot's e-mail events."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.intake.adapters.posted import event, fate, items, lead_id, message


def posted(kind: str, **told: object) -> dict[str, Any]:
    return {
        "id": "ev-1",
        "type": kind,
        "created": 1_772_357_400_250,
        "recipient": "Zoë@Example.com",
        "emailCampaignId": 12,
        "smtpId": None,
        "sentBy": {"id": "sent-1", "created": 1_772_357_000_000},
        "filteredEvent": False,
        **told,
    }


KINDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (posted("DELIVERED"), {"kind": "delivered"}),
    (posted("OPEN"), {"kind": "opened"}),
    (posted("CLICK", url="/pricing"), {"kind": "clicked", "link_url": "/pricing"}),
    (posted("REPLY"), {"kind": "replied"}),
    (
        posted("BOUNCE", category="UNKNOWN_USER", status="5.1.1"),
        {"kind": "bounced", "bounce": "hard"},
    ),
    (
        posted("BOUNCE", category="MAILBOX_FULL", status="5.2.2"),
        {"kind": "bounced", "bounce": "soft"},
    ),
    (posted("BOUNCE", category="SPAM", status="5.7.1"), {"kind": "bounced", "bounce": "soft"}),
    (posted("BOUNCE", status="5.0.0"), {"kind": "bounced", "bounce": "hard"}),
    (posted("BOUNCE", status="4.4.7"), {"kind": "bounced", "bounce": "soft"}),
    (posted("BOUNCE"), {"kind": "bounced", "bounce": "soft"}),
    (posted("SPAMREPORT"), {"kind": "complained"}),
    (posted("UNSUBSCRIBED"), {"kind": "unsubscribed"}),
    (posted("STATUSCHANGE", portalSubscriptionStatus="UNSUBSCRIBED"), {"kind": "unsubscribed"}),
    (
        posted("STATUSCHANGE", subscriptions=[{"id": 7, "status": "UNSUBSCRIBED"}]),
        {"kind": "unsubscribed"},
    ),
    (
        posted(
            "STATUSCHANGE",
            subscriptions=[{"id": 7, "status": "SUBSCRIBED"}, {"id": 8, "status": "UNSUBSCRIBED"}],
        ),
        {"kind": "unsubscribed"},
    ),
    (posted("OPEN", obsoletedBy=None), {"kind": "opened"}),
    (posted("DROPPED", dropReason="PREVIOUSLY_BOUNCED"), {"kind": "bounced", "bounce": "hard"}),
    (posted("DROPPED", dropReason="PREVIOUSLY_UNSUBSCRIBED_PORTAL"), {"kind": "unsubscribed"}),
    (posted("DROPPED", dropReason="PREVIOUS_SPAM"), {"kind": "complained"}),
]


@pytest.mark.parametrize("told, expected", KINDS)
def test_a_kind_becomes_an_engagement(told: dict[str, Any], expected: dict[str, Any]) -> None:
    shared = {
        "source": "hubspot-email",
        "event_id": "ev-1/1772357400250",
        "occurred_at": "2026-03-01T09:30:00.250Z",
        "email": "Zoë@Example.com",
        "message_id": "sent-1",
        "campaign": "12",
    }
    assert event("hubspot-email", told).event == {**shared, **expected}
    assert fate("hubspot-email", told) == "EmailEngaged"


def test_a_subscription_to_the_portal_is_an_opt_in() -> None:
    told = message("hubspot-email", posted("STATUSCHANGE", portalSubscriptionStatus="SUBSCRIBED"))
    assert (told.consent.email, told.consent.phone) == (True, None)


@pytest.mark.parametrize(
    "told",
    [
        posted("OPEN", filteredEvent=True),
        posted("CLICK", obsoletedBy={"id": "ev-2", "created": 1_772_357_500_000}),
        posted("CLICK", filteredEvent="true"),
        *(
            posted(kind)
            for kind in (
                "SENT",
                "PROCESSED",
                "DEFERRED",
                "UNBOUNCE",
                "FORWARD",
                "PRINT",
                "SUPPRESSED",
            )
        ),
        posted("DROPPED", dropReason="CAMPAIGN_CANCELLED"),
        posted("STATUSCHANGE", bounced=True),
        posted("STATUSCHANGE", subscriptions=[{"id": 7, "status": "SUBSCRIBED"}]),
        posted("STATUSCHANGE", subscriptions=[{"id": 7}, {"id": 8, "status": "SUBSCRIBED"}]),
    ],
)
def test_what_says_nothing_of_a_lead_is_ignored_with_a_reason(told: dict[str, Any]) -> None:
    assert fate("hubspot-email", told).startswith("hubspot-email: ")


@pytest.mark.parametrize(
    "told, code",
    [
        (posted("TELEPORT"), "schema.invalid"),
        (posted("STATUSCHANGE"), "schema.invalid"),
        (posted("STATUSCHANGE", subscriptions={"status": "UNSUBSCRIBED"}), "schema.invalid"),
        (posted("OPEN", created=None), "schema.invalid"),
        (posted("OPEN", created="noon"), "schema.invalid"),
        (posted("OPEN", created=10**18), "schema.invalid"),
        (posted("OPEN", created=1_772_357_400), "time.past"),
        (posted("OPEN", recipient=None), "identity.missing"),
        (posted("OPEN", recipient="nobody"), "identity.missing"),
    ],
)
def test_what_the_table_has_no_word_for_is_a_dead_letter(told: dict[str, Any], code: str) -> None:
    assert fate("hubspot-email", told) == code


def test_an_id_that_comes_again_at_another_time_is_another_event() -> None:
    one, again, other, nameless = (
        event("hubspot-email", posted("OPEN", **told)).event["event_id"]
        for told in ({}, {"url": "/x"}, {"created": 1_772_357_400_251}, {"id": None})
    )
    assert one == again != other
    assert len(nameless) == 32


def test_milliseconds_may_be_text() -> None:
    assert message("hubspot-email", posted("OPEN", created="1772357400250")).at == 1_772_357_400_250


def test_lead_id_travels_as_a_property() -> None:
    assert lead_id("hubspot-email", posted("OPEN", lead_id="L-1")) == "L-1"
    assert lead_id("hubspot-email", posted("OPEN", properties={"lead_id": 7})) == "7"
    assert lead_id("hubspot-email", posted("OPEN")) == "email:zoë@example.com"


def test_a_page_an_array_and_one_event() -> None:
    page = {"hasMore": False, "offset": "x", "events": [posted("OPEN"), posted("SENT")]}
    assert [item.item for item in items("hubspot-email", page)] == [0, 1]
    assert len(items("hubspot-email", [posted("OPEN")])) == 1
    assert len(items("hubspot-email", posted("OPEN"))) == 1
    assert items("hubspot-email", {"events": []}) == []
    assert items("hubspot-email", []) == []
