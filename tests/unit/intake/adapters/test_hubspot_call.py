"""HubSpot's calls."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.unit.intake.adapters.posted import event, fate, items, lead_id, message
from worker.intake.adapters.hubspot_call import (
    DISPOSITIONS,
    DispositionsError,
    dispositions_in,
    with_dispositions,
)
from worker.intake.admit import Door
from worker.intake.items import Admitted

CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
OWN = "11111111-2222-3333-4444-555555555555"


def call(**properties: object) -> dict[str, Any]:
    told = {
        "hs_timestamp": "2026-03-01T09:30:00.250Z",
        "hs_call_disposition": CONNECTED,
        "hs_call_status": "COMPLETED",
        "hs_call_direction": "OUTBOUND",
        "hs_call_from_number": "+16024053038",
        "hs_call_to_number": "+49 30 901820",
        "hs_call_duration": "894144",
        "hubspot_owner_id": 77,
        **properties,
    }
    return {"id": "501", "properties": told, "archived": False}


def test_a_call_becomes_a_disposition() -> None:
    assert event("hubspot-call", call()).event == {
        "source": "hubspot-call",
        "outcome": "connected",
        "event_id": f"501/{CONNECTED}",
        "occurred_at": "2026-03-01T09:30:00.250Z",
        "duration_seconds": 894.144,
        "agent_id": "77",
        "direction": "outbound",
        "phone": "+49 30 901820",
    }


@pytest.mark.parametrize("guid, outcome", DISPOSITIONS.items())
def test_a_disposition_is_known_by_its_guid_in_any_case(guid: str, outcome: str) -> None:
    assert message("hubspot-call", call(hs_call_disposition=guid)).outcome == outcome
    assert message("hubspot-call", call(hs_call_disposition=guid.upper())).outcome == outcome


@pytest.mark.parametrize("disposition", [None, ""])
@pytest.mark.parametrize(
    "status, outcome",
    [
        ("BUSY", "busy"),
        ("NO_ANSWER", "no_answer"),
        ("FAILED", "failed"),
        ("CANCELED", "failed"),
        ("busy", "busy"),
    ],
)
def test_without_a_disposition_the_status_tells(
    disposition: str | None, status: str, outcome: str
) -> None:
    told = call(hs_call_disposition=disposition, hs_call_status=status)
    assert message("hubspot-call", told).outcome == outcome


def test_a_disposition_tells_more_than_the_status() -> None:
    assert message("hubspot-call", call(hs_call_status="BUSY")).outcome == "connected"


@pytest.mark.parametrize(
    "status", ["QUEUED", "RINGING", "CONNECTING", "CALLING_CRM_USER", "IN_PROGRESS", "HOLD"]
)
def test_a_call_that_is_going_on_comes_again(status: str) -> None:
    assert (
        fate("hubspot-call", call(hs_call_status=status))
        == "hubspot-call: the call is still going on"
    )


def test_the_lead_is_at_the_other_end() -> None:
    assert lead_id("hubspot-call", call()) == "phone:+4930901820"
    assert lead_id("hubspot-call", call(hs_call_direction="INBOUND")) == "phone:+16024053038"
    assert lead_id("hubspot-call", call(hs_call_direction=None)) == "phone:+4930901820"
    assert lead_id("hubspot-call", call(lead_id="L-1")) == "L-1"


@pytest.mark.parametrize(
    "told, expected",
    [
        (call(hs_call_disposition=OWN), "schema.invalid"),
        (call(hs_call_disposition=None, hs_call_status="ODD"), "schema.invalid"),
        (
            call(hs_call_disposition=None, hs_call_status=None),
            "hubspot-call: nobody has said yet how the call went",
        ),
        ({**call(), "archived": True}, "hubspot-call: archived: taken out of HubSpot"),
        ({**call(), "id": [1]}, "schema.invalid"),
        ({}, "schema.invalid"),
        (call(hs_call_disposition=None), "hubspot-call: nobody has said yet how the call went"),
        (
            call(hs_call_disposition=None, hs_call_status="MISSED"),
            "hubspot-call: a call to us that nobody took",
        ),
        (call(hs_timestamp=None), "schema.invalid"),
        (call(hs_timestamp="soon"), "schema.invalid"),
        (call(hs_timestamp="2026-03-01T09:30:00"), "time.missing_offset"),
        (call(hs_call_to_number="030 901820"), "identity.missing"),
        (call(hs_call_to_number=None), "identity.missing"),
        (call(hs_call_direction="SIDEWAYS"), "schema.invalid"),
        (call(hs_call_duration="long"), "schema.invalid"),
        ({"objectId": 501, "subscriptionType": "object.propertyChange"}, "schema.invalid"),
    ],
)
def test_what_cannot_be_told(told: dict[str, Any], expected: str) -> None:
    assert fate("hubspot-call", told) == expected


@pytest.mark.parametrize(
    "told", [1_772_357_400_250, "1772357400250", "2026-03-01T10:30:00.25+01:00"]
)
def test_the_time_is_milliseconds_or_text(told: object) -> None:
    assert message("hubspot-call", call(hs_timestamp=told)).at == 1_772_357_400_250


@pytest.mark.parametrize(
    "told, seconds", [("61000", 61), (61000, 61), ("500", 0.5), (None, None), ("", None)]
)
def test_the_duration_is_milliseconds_as_a_number_or_text(
    told: object, seconds: float | None
) -> None:
    assert message("hubspot-call", call(hs_call_duration=told)).duration_seconds == seconds


def test_a_call_is_named_by_its_object_else_by_itself() -> None:
    flat = call(hs_object_id=501)["properties"]
    assert event("hubspot-call", flat).event["event_id"] == f"501/{CONNECTED}"
    assert len(event("hubspot-call", call()["properties"]).event["event_id"]) == 32


def test_a_corrected_disposition_is_another_event() -> None:
    told = [
        event("hubspot-call", call(hs_call_disposition=disposition, hs_call_status=status))
        for disposition, status in ((None, "BUSY"), (CONNECTED.upper(), "BUSY"), (CONNECTED, ""))
    ]
    named = [one.event["event_id"] for one in told]
    assert named == ["501/busy", f"501/{CONNECTED}", f"501/{CONNECTED}"]
    assert told[0].found_at["event_id"] == "id and properties.hs_call_status"


def test_an_array_and_a_page_hold_calls() -> None:
    assert len(items("hubspot-call", [call(), call()])) == 2
    assert len(items("hubspot-call", {"results": [call()], "paging": {}})) == 1
    assert items("hubspot-call", {"results": []}) == []


def test_a_portals_own_dispositions_are_added() -> None:
    own = dispositions_in(f'# ours\n{OWN} = "connected"\n"{CONNECTED}" = "gatekeeper"\n')
    door = Door(tables={"raw.hubspot-call": with_dispositions(own)})
    told = [
        call(hs_call_disposition=guid)
        for guid in (OWN, CONNECTED, "17b47fee-58de-441e-a44c-c6300d46f273")
    ]
    became = door.admit("raw.hubspot-call", orjson.dumps(told))
    outcomes = [item.activity.outcome for item in became if isinstance(item, Admitted)]  # type: ignore[union-attr]
    assert outcomes == ["connected", "gatekeeper", "wrong_number"]


@pytest.mark.parametrize("text", ["not toml", 'x = "talked"', "x = 1", "[x]\ny = 1"])
def test_a_file_of_dispositions_is_checked(text: str) -> None:
    with pytest.raises(DispositionsError):
        dispositions_in(text)
