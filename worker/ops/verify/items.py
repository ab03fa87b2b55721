"""How many items an input record holds, and what may become of each: an own reading, which asks nothing of intake.

It knows the shapes alone. On an input topic a record is one item, and what is no JSON object cannot be read. A vendor's
record holds one item or an array of them, and an item may be left out only if it bears a word that the vendor's table
leaves items out for. So it tells an item that is gone from one that nobody wants. It does not check that what was
relayed says what the item says, nor that a dead letter was deserved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from topics.catalogue import RAW, kind_of

HELD = 1
"""There is such an item."""
IGNORABLE = 2
"""It may be nowhere, because it bears a word that the vendor's table leaves items out for."""
UNREADABLE = 4
"""It can be a dead letter only."""

_ONE, _BROKEN = bytes((HELD,)), bytes((HELD | UNREADABLE,))
_EMPTY = bytes((HELD | IGNORABLE,))
"""An array without items: nothing comes of it, unless it is too large."""
_OBJECT = b"{"
_ARRAY = b"["

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
_DISPOSITION = "hs_call_disposition"
_UNDISPOSED: Words = {"hs_call_status": frozenset({"missed", "completed"}), "hs_timestamp": _ANY}
"""More such words, of a call of which nobody has said how it went."""
_INSIDE = {"raw.typeform": "form_response", "raw.hubspot-call": "properties"}
"""Under which key a vendor puts the keys of an item that do not stand in it."""
_PAGES = {"raw.hubspot-call": "results", "raw.hubspot-email": "events"}
"""Under which key a vendor puts an array of items."""

VENDORS = frozenset(topic.name for topic in RAW)


def items_of(topic: str, value: bytes | None) -> bytes:
    """Returns a byte for each item of a record, what may become of it: HELD, with IGNORABLE or UNREADABLE."""
    text = (value or b"").lstrip()
    if topic not in VENDORS:
        return _ONE if text.startswith(_OBJECT) else _BROKEN
    if not text.startswith((_OBJECT, _ARRAY)):
        return _BROKEN
    try:
        body = orjson.loads(text)
    except orjson.JSONDecodeError:
        return _BROKEN
    kind = kind_of(topic)
    page = body.get(_PAGES.get(kind)) if isinstance(body, dict) else None
    things = page if isinstance(page, list) else body
    things = things if isinstance(things, list) else [body]
    return bytes([_fate(kind, thing) for thing in things]) or _EMPTY


def _fate(kind: str, thing: Any) -> int:  # noqa: ANN401  any JSON value
    if not isinstance(thing, dict):
        return HELD | UNREADABLE
    inside = thing.get(_INSIDE.get(kind))
    told = {**thing, **inside} if isinstance(inside, dict) else thing
    left_out = _bears(told, _LEFT_OUT[kind])
    if not left_out and kind == "raw.hubspot-call" and not told.get(_DISPOSITION):
        left_out = _bears(told, _UNDISPOSED)
    return HELD | IGNORABLE if left_out else HELD


def _bears(told: Mapping[str, Any], words: Words) -> bool:
    return any(_says(told.get(key), wanted) for key, wanted in words.items())


def _says(told: object, wanted: frozenset[str]) -> bool:
    if told is None or told in ("", False):
        return False
    return not wanted or str(told).strip().lower() in wanted
