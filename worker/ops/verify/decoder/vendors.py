"""A vendor's record: how many items it holds, and what is known of each without a copy of the vendor's table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import orjson
from pydantic_core import PydanticCustomError

from schemas.instant import NO_OFFSET, instant_of, milliseconds
from worker.ops.verify.decoder.contacts import lead_of
from worker.ops.verify.decoder.fate import LEFT_OUT, OPEN, Fate, Unreadable, sound
from worker.ops.verify.decoder.known import Item, Known, named, word
from worker.ops.verify.decoder.prints import print_of_vendors
from worker.ops.verify.decoder.readings import DISPOSITION, READINGS, is_plain
from worker.ops.verify.decoder.times import fault_of_time

MOST_ITEMS = 10_000
_LONGEST_NAME = 128
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_LATEST_MS = milliseconds(datetime.max.replace(tzinfo=UTC))
"""Nothing that is written as a number is later than what can be written as text."""
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")

_ANY = frozenset[str]()
Words = Mapping[str, frozenset[str]]
_LEFT_OUT: Mapping[str, Words] = {
    "raw.sendgrid": {
        "event": frozenset(
            {"processed", "deferred", "dropped", "group_resubscribe", "account_status_change"}
        ),
    },
    "raw.typeform": {
        "event_type": frozenset({"form_response_partial"}),
        "response_type": frozenset({"partial", "started"}),
    },
    "raw.hubspot-call": {
        "archived": frozenset({"true"}),
        "hs_call_status": frozenset(
            {"queued", "ringing", "connecting", "calling_crm_user", "in_progress", "hold"}
        ),
    },
    "raw.hubspot-email": {
        "obsoletedBy": _ANY,
        "filteredEvent": frozenset({"true"}),
        "type": frozenset(
            {"statuschange", "dropped", "mta_dropped", "suppressed", "sent", "processed"}
            | {"deferred", "unbounce", "forward", "print"}
        ),
    },
}
"""By event type and key: the words for which a vendor's table leaves items out; `_ANY` stands for any at all."""
_TELLING: Mapping[tuple[str, str], Mapping[str, re.Pattern[str]]] = {
    ("event", "dropped"): {
        "reason": re.compile("bounced address|invalid|unsubscribed address|spam reporting address"),
    },
    ("type", "dropped"): {
        "dropReason": re.compile(
            "previously_bounced|invalid_to_address|previously_unsubscribed_.*|previous_spam"
        ),
    },
    ("type", "statuschange"): {
        "portalSubscriptionStatus": re.compile("unsubscribed|subscribed"),
        "subscriptions": re.compile("(.*,)?unsubscribed(,.*)?"),
    },
}
"""By such a key and word: what else of an item says something of the lead, so that it is left out no more."""
_UNDISPOSED = frozenset({"missed", "completed"})
"""Statuses of a call of which nobody has said how it went."""
_INSIDE = {"raw.typeform": "form_response", "raw.hubspot-call": "properties"}
"""Under which key a vendor puts the keys of an item that do not stand in it."""
_PAGES = {"raw.hubspot-call": "results", "raw.hubspot-email": "events"}
"""Under which key a vendor puts an array of items."""


def items_in(kind: str, body: Any, recorded_ms: int) -> Iterator[Fate | Unreadable]:  # noqa: ANN401  any JSON value
    """Yields what has to become of each item of a body; Unreadable where it holds too many."""
    page = body.get(_PAGES.get(kind)) if isinstance(body, dict) else None
    things = page if isinstance(page, list) else body
    things = things if isinstance(things, list) else [body]
    if len(things) > MOST_ITEMS:
        raise Unreadable("json.limits")
    for thing in things:
        yield _fate(kind, thing, recorded_ms)


def _fate(kind: str, thing: Any, recorded_ms: int) -> Fate | Unreadable:  # noqa: ANN401  any JSON value
    if not isinstance(thing, dict):
        return Unreadable("schema.invalid")
    inside = thing.get(_INSIDE.get(kind))
    told = {**thing, **inside} if isinstance(inside, dict) else thing
    if _is_left_out(kind, told):
        return LEFT_OUT
    try:
        known = READINGS[kind](told)
        if known is None:
            return OPEN
        name = _name(thing, known.names)
        lead_id = _lead_id(known)
        at = _time(*known.at, recorded_ms)
    except Unreadable as fault:
        return fault
    if lead_id is None:
        return Unreadable("schema.invalid", "identity.missing")
    facts = (known.kind, name, kind.removeprefix("raw."), str(at), known.which)
    return sound(print_of_vendors(lead_id, facts), or_refused=not is_plain(kind, told))


def _is_left_out(kind: str, told: Item) -> bool:
    for key, words in _LEFT_OUT[kind].items():
        if _says(told.get(key), words) and not _tells(told, key):
            return True
    if kind != "raw.hubspot-call" or word(told.get(DISPOSITION)):
        return False
    status = word(told.get("hs_call_status"))
    return status in _UNDISPOSED or (not status and _says(told.get("hs_timestamp"), _ANY))


def _tells(told: Item, key: str) -> bool:
    """Returns whether an item says something of the lead, though it bears a word for which others are left out."""
    telling = _TELLING.get((key, word(told.get(key))), {})
    return any(said.fullmatch(_said_at(told, at)) for at, said in telling.items())


def _said_at(told: Item, key: str) -> str:
    """Returns the word under a key; of subscriptions the status of each, commas between."""
    if key != "subscriptions":
        return word(told.get(key))
    each = told.get(key)
    things = each if isinstance(each, list) else ()
    return ",".join(word(one.get("status")) if isinstance(one, dict) else "" for one in things)


def _says(told: object, wanted: frozenset[str]) -> bool:
    if told is None or told in ("", False):
        return False
    return not wanted or word(told) in wanted


def _name(thing: Item, parts: tuple[str | None, ...]) -> str:
    """Returns the event id: its parts with a slash between them, or a digest of all keys of the item."""
    if parts[0] is None:
        text = orjson.dumps(thing, option=orjson.OPT_SORT_KEYS)
        return blake2b(text, digest_size=16).hexdigest()
    name = "/".join(part for part in parts if part is not None)
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise Unreadable("schema.invalid")
    return name


def _lead_id(known: Known) -> str | None:
    lead_id = named(known.lead_id)
    if lead_id is not None and (len(lead_id) > _LONGEST_NAME or _CONTROLS.search(lead_id)):
        raise Unreadable("schema.invalid")
    return lead_of(lead_id, known.address, known.number)


def _time(told: object, unit_ms: int, recorded_ms: int) -> int:
    """Returns when it happened: a number of units since 1970, or RFC 3339."""
    digits = str(told).strip() if type(told) in (int, float, str) and unit_ms else ""
    is_number = _NUMBER.fullmatch(digits)
    try:
        at = int(Decimal(digits) * unit_ms // 1) if is_number else milliseconds(instant_of(told))
    except PydanticCustomError as fault:
        missing = fault.type == NO_OFFSET
        raise Unreadable("schema.invalid", *(("time.missing_offset",) if missing else ())) from None
    if at > _LATEST_MS:
        raise Unreadable("schema.invalid")
    if (wrong := fault_of_time(at, recorded_ms)) is not None:
        raise Unreadable("schema.invalid", wrong, "identity.missing")
    return at
