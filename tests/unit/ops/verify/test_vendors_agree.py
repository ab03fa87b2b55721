"""Whatever strangers put in the place of a vendor's values, door and oracle read it alike."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.ops.verify.agreeing import compared
from topics.catalogue import name_of
from worker.lane.processor import Record

NOON = 1_790_000_000_000
ANA = "ana@acme.example"
DISPOSITION = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
VALUES: list[Any] = [
    *(None, "", False, True, 0, 1, -1, 0.0, 1.5, [], {}, ["a"], {"a": 1}, " x ", "x" * 129),
    *(NOON, NOON // 1_000, str(NOON), 1e20, "1e5", ".5", "12.75", "99999999999999999999"),
    *(ANA, " ANA@Acme.example ", "+4915112345678", "015112345678", 4915112345678),
    *("2026-03-01T09:00:00Z", "2026-03-01T09:00:00", "2026-03-01t09:00:00+02:00"),
    *("a\0b", "ä", "___", "xxxxx", "true", "partial", "email", "phone_number", DISPOSITION),
    *("open", "Bounce", "bounced", "blocked", "inbound", "INBOUND", "no_answer", "busy", "missed"),
    *("completed", "failed", "statuschange", "dropped", "unsubscribed", "invalid", "previous_spam"),
]
ITEMS: dict[str, dict[str, Any]] = {
    "raw.sendgrid": {
        "event": "open",
        "timestamp": NOON // 1_000,
        "email": ANA,
        "sg_event_id": "x",
    },
    "raw.hubspot-email": {"type": "OPEN", "created": NOON, "recipient": ANA, "id": "x"},
    "raw.hubspot-call": {
        "id": "1",
        "hs_timestamp": NOON,
        "lead_id": "ana",
        "hs_call_disposition": DISPOSITION,
    },
    "raw.typeform": {
        "event_type": "form_response",
        "form_id": "f",
        "token": "t",
        "submitted_at": "2026-03-01T09:00:00Z",
        "hidden": {"lead_id": "ana"},
        "answers": [{"type": "email", "email": ANA, "field": {"id": "q", "ref": "email"}}],
    },
}
OTHER_PATHS: dict[str, list[str]] = {
    "raw.sendgrid": [
        *("type", "lead_id", "unique_args", "unique_args.lead_id", "sg_message_id", "smtp-id"),
        *("category", "url", "sg_machine_open", "reason", "marketing_campaign_name"),
    ],
    "raw.hubspot-email": [
        *("lead_id", "properties", "properties.lead_id", "smtpId", "sentBy", "sentBy.id", "url"),
        *("obsoletedBy", "filteredEvent", "category", "status", "portalSubscriptionStatus"),
        *("subscriptions", "dropReason", "bounced", "emailCampaignId"),
    ],
    "raw.hubspot-call": [
        *("hs_object_id", "hs_call_status", "hs_call_direction", "hs_call_to_number", "archived"),
        *("hs_call_from_number", "hs_call_duration", "hubspot_owner_id", "properties"),
        *("properties.lead_id", "properties.hs_call_status", "properties.hs_call_to_number"),
    ],
    "raw.typeform": [
        *("response_type", "definition", "definition.id", "event_id", "form_response"),
        *("form_response.form_id", "form_response.token", "hidden.lead_id", "hidden.email"),
        *("hidden.phone", "hidden.campaign", "hidden.employees", "answers.email", "answers.phone"),
    ],
}


def changes(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    paths = [*ITEMS[kind], *OTHER_PATHS[kind]]
    return st.dictionaries(st.sampled_from(paths), st.sampled_from(VALUES), min_size=1, max_size=3)


def changed(kind: str, told: dict[str, Any]) -> dict[str, Any]:
    item: dict[str, Any] = json.loads(json.dumps(ITEMS[kind]))
    for path, value in told.items():
        among, dot, key = path.partition(".")
        if among == "answers" and dot:
            item[among] = [{"type": key, key: value, "field": {"ref": key}}]
        elif dot:
            within = item.get(among)
            item[among] = {**(within if isinstance(within, dict) else {}), key: value}
        else:
            item[path] = value
    return item


def agree(kind: str, told: dict[str, Any]) -> None:
    value, topic = json.dumps(changed(kind, told)).encode(), name_of(kind)
    compared(topic, Record(topic, 0, 0, NOON, None, value))


@pytest.mark.parametrize("nothing", [False, [], {}, 0.0], ids=str)
@pytest.mark.parametrize(
    "kind, paths",
    [
        ("raw.sendgrid", {"unique_args.lead_id": "ana", "lead_id": None}),
        ("raw.hubspot-email", {"properties.lead_id": "ana", "lead_id": None}),
        ("raw.typeform", {"definition.id": "abc", "form_id": None}),
        ("raw.hubspot-call", {"hs_call_duration": None}),
    ],
)
def test_what_is_of_a_wrong_type_says_something_though_it_is_empty(
    kind: str, paths: dict[str, Any], nothing: object
) -> None:
    agree(kind, {path: nothing if value is None else value for path, value in paths.items()})


def of(kind: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    return changes(kind).map(lambda told: (kind, told))


@settings(max_examples=300)
@given(st.sampled_from(sorted(ITEMS)).flatmap(of))
@example(("raw.hubspot-call", {"hs_call_to_number": 4915112345678}))
@example(("raw.hubspot-call", {"hs_call_disposition": ["a"]}))
@example(("raw.hubspot-call", {"hs_call_disposition": ["a"], "hs_call_status": "failed"}))
@example(("raw.hubspot-call", {"hs_call_duration": ".5"}))
def test_door_and_oracle_read_any_values_alike(one: tuple[str, dict[str, Any]]) -> None:
    agree(*one)
