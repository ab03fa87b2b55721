"""What is known of the items of each vendor, by the words that vendors document, and what else of them is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from worker.ops.verify.decoder.contacts import email, phone
from worker.ops.verify.decoder.known import (
    Item,
    Known,
    at,
    first,
    lowered,
    named,
    text,
    word,
)
from worker.ops.verify.decoder.typeform import typeform

_SENDGRID = {
    "delivered": "delivered",
    "open": "opened",
    "click": "clicked",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
    "spamreport": "complained",
    "bounce": "bounced",
}
_SENDGRID_BOUNCES = frozenset({"", "bounce", "bounced", "blocked", "expired"})
_HUBSPOT = {
    "delivered": "delivered",
    "open": "opened",
    "click": "clicked",
    "reply": "replied",
    "bounce": "bounced",
    "spamreport": "complained",
    "unsubscribed": "unsubscribed",
}


DISPOSITION = "hs_call_disposition"
_DISPOSITIONS = frozenset(
    {
        "f240bbac-87c9-4f6e-bf70-924b57d47db7",
        "a4c4c377-d246-4b32-a13b-75a56a4cd0ff",
        "b2cf5968-551e-4856-9783-52b3da59a7d0",
        "73a0d17f-1163-4015-bdd5-ec830791da20",
        "9d9162e7-6cf3-4944-bf63-4dff82258764",
        "17b47fee-58de-441e-a44c-c6300d46f273",
    }
)
"""HubSpot's own, of every portal."""
_ENDED = frozenset({"busy", "no_answer", "failed", "canceled"})
"""Statuses that say how a call without a disposition went."""


def _sendgrid(told: Item) -> Known | None:
    which = _SENDGRID.get(word(told.get("event")))
    if which is None or (which == "bounced" and word(told.get("type")) not in _SENDGRID_BOUNCES):
        return None
    return Known(
        "email-engagement",
        (named(first(told, "sg_event_id")),),
        (told.get("timestamp"), 1_000),
        first(told, "lead_id", "unique_args.lead_id"),
        email(named(told.get("email"))),
        which=which,
    )


def _hubspot_email(told: Item) -> Known | None:
    which = _HUBSPOT.get(word(told.get("type")))
    if which is None:
        return None
    created = first(told, "created")
    return Known(
        "email-engagement",
        (named(first(told, "id")), created if isinstance(created, str) else None),
        (told.get("created"), 1),
        first(told, "lead_id", "properties.lead_id"),
        email(named(told.get("recipient"))),
        which=which,
    )


def _hubspot_call(told: Item) -> Known | None:
    disposition, status = word(told.get(DISPOSITION)), word(told.get("hs_call_status"))
    if disposition not in _DISPOSITIONS and (disposition or status not in _ENDED):
        return None
    inbound = word(told.get("hs_call_direction")) == "inbound"
    other_end = told.get("hs_call_from_number" if inbound else "hs_call_to_number")
    says_how = isinstance(told.get(DISPOSITION), str | None)
    how = lowered(told.get(DISPOSITION)) or lowered(told.get("hs_call_status"))
    return Known(
        "call-disposition",
        (named(first(told, "id", "hs_object_id")), how if says_how else None),
        (told.get("hs_timestamp"), 1),
        first(told, "lead_id"),
        number=phone(named(text(other_end))),
    )


READINGS: Mapping[str, Callable[[Item], Known | None]] = {
    "raw.sendgrid": _sendgrid,
    "raw.typeform": typeform,
    "raw.hubspot-call": _hubspot_call,
    "raw.hubspot-email": _hubspot_email,
}
_ID, _WORDS = (str, int), (str,)
_PLAIN: Mapping[str, Mapping[str, tuple[type, ...]]] = {
    "raw.sendgrid": {
        "sg_message_id": _ID,
        "smtp-id": _ID,
        "marketing_campaign_name": _ID,
        "singlesend_name": _ID,
        "category": (str, int, list),
        "sg_machine_open": (bool,),
        "url": _WORDS,
    },
    "raw.typeform": {"hidden.campaign": _ID, "hidden.utm_campaign": _ID},
    "raw.hubspot-call": {"hubspot_owner_id": _ID},
    "raw.hubspot-email": {
        "smtpId": _ID,
        "sentBy.id": _ID,
        "emailCampaignId": _ID,
        "url": _WORDS,
    },
}
"""By event type: what else of an item is read, and of which types it is as a rule; of another, it may be refused."""
_DIRECTIONS = frozenset({"", "inbound", "outbound"})
_DURATION = re.compile(r"([0-9]{1,18}(\.[0-9]{1,18})?)?")


def is_plain(kind: str, told: Item) -> bool:
    """Returns whether nothing else that is read of an item can be of a wrong type."""
    for path, types in _PLAIN[kind].items():
        value = at(told, path)
        if value is not None and type(value) not in types:
            return False
    if kind != "raw.hubspot-call":
        return True
    direction, duration = told.get("hs_call_direction"), told.get("hs_call_duration")
    has_digits = duration is None or (
        type(duration) in (int, float, str) and _DURATION.fullmatch(str(duration)) is not None
    )
    return isinstance(direction, str | None) and lowered(direction) in _DIRECTIONS and has_digits
