"""Cuts one item out of a vendor's body, so that it can be read again without its neighbours."""

from __future__ import annotations

import msgspec

from worker.intake.adapters.table import Table

_page = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_array = msgspec.json.Decoder(list[msgspec.Raw]).decode
_BLANK = b" \t\n\r"


def cut(table: Table, body: bytes, item: int) -> bytes | None:
    """Returns a body with that item alone, byte for byte as it was posted; None where there is no such item.

    What is cut out of an array stays in one: an array within an array is an item, and as a body it would be several.
    """
    try:
        things = _things(table, body.strip(_BLANK))
    except (ValueError, RecursionError):
        return None
    if things is None:
        return body if item == 0 else None
    return b"[%b]" % bytes(things[item]) if item < len(things) else None


def _things(table: Table, body: bytes) -> list[msgspec.Raw] | None:
    """Returns the items of an array or a page, None where the body itself is the item."""
    if table.page and body.startswith(b"{"):
        body = bytes(_page(body).get(table.page, b""))
    return _array(body) if body.startswith(b"[") else None
