"""Holds what the door makes of a record against what the oracle expects of it by its own reading."""

from __future__ import annotations

from collections.abc import Iterator

from topics.catalogue import kind_of
from worker.intake.admit import admit
from worker.intake.items import AccountHeard, Admitted, DeadLetter, Ignored, Item
from worker.lane.processor import Record
from worker.ops.verify.decoder.decode import fates
from worker.ops.verify.decoder.fate import CODES, IGNORABLE, SOUND, UNREADABLE, Fate, codes_in
from worker.ops.verify.decoder.prints import VENDORS, print_as_read

UNTIMED_MS = -2
"""Below zero, as of a record without a time: nothing lies in its future, whatever year an event says."""


def objections(topic: str, item: Item, fate: Fate, *, strict: bool) -> Iterator[str]:
    """Yields why an item may not have become what it has, or would not be missed."""
    sound, unreadable = bool(fate.mark & SOUND), bool(fate.mark & UNREADABLE)
    has_to_be = unreadable and (not sound or (strict and topic not in VENDORS))
    match item:
        case Admitted(key, message) | AccountHeard(key, message):
            if has_to_be:
                yield f"relayed, should be {codes_in(fate.word)}"
            if sound and fate.word != print_as_read(key.encode(), message, topic):
                yield f"another print than that of {message}"
            if fate.mark & IGNORABLE:
                yield "relayed, and nobody would miss it"
        case DeadLetter(code):
            deserved = deserved_by(topic, fate, strict=strict)
            if code not in deserved:
                yield f"a dead letter, {code}, should be {deserved}"
        case Ignored():
            if not fate.mark & IGNORABLE:
                yield "nowhere"


def deserved_by(topic: str, fate: Fate, *, strict: bool) -> set[str]:
    """Returns the codes with which an item may be a dead letter, none if it may not be one.

    Of an event in our own schema the oracle does not know whether `strict` is on, and takes `schema.invalid` as well;
    who knows tells the two apart.
    """
    if fate.mark & SOUND:
        may = fate.mark & UNREADABLE and (strict or topic in VENDORS)
        return {_FOR_ITS_FORM} if may else set()
    codes = set(codes_in(fate.word))
    if topic in VENDORS:
        return codes or set(CODES)
    if len(codes) > 1 and _FOR_ITS_FORM in codes:
        return {_FOR_ITS_FORM} if strict else codes - {_FOR_ITS_FORM}
    return codes


_FOR_ITS_FORM = "schema.invalid"


def compared(topic: str, record: Record, *, strict: bool = False) -> list[Fate]:
    """Returns what has to become of a record's items, once it was held against what the door makes of them."""
    time = None if record.timestamp_ms == UNTIMED_MS else record.timestamp_ms
    items = admit(kind_of(topic), record.value, record.headers, time, strict=strict)
    found = list(fates(record))
    assert len(found) == (len(items) or 1)
    for item, fate in zip(items, found, strict=False):
        assert list(objections(topic, item, fate, strict=strict)) == []
    return found
