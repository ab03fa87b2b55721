"""What has to become of the items of an input record, by its bytes, headers, time and topic alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zlib import crc32

import msgspec

from schemas import spine
from schemas.spine import AccountAnswered, AccountUpdated
from topics.catalogue import ACCOUNT_ACTIVITY, INPUTS, RAW, kind_of
from worker.lane.processor import Headers, Record
from worker.ops.verify.decoder.events import relayed
from worker.ops.verify.decoder.fate import (
    LEFT_OUT,
    OPEN,
    Fate,
    Unreadable,
    of_letter,
    sound,
    unreadable,
)
from worker.ops.verify.decoder.json_value import value_in
from worker.ops.verify.decoder.prints import VENDORS, print_of
from worker.ops.verify.decoder.vendors import items_in

CODE, ITEM, ATTEMPT = "lead-router-error-code", "lead-router-item", "lead-router-attempt"
ORIGIN = tuple(f"__connect.errors.{what}" for what in ("topic", "partition", "offset"))
SAID = (*ORIGIN, *(f"__connect.errors.exception.{what}" for what in ("class.name", "message")))
LEFT_OUT_OF_LETTERS = tuple(f"lead-router-left-out-{what}" for what in ("value", "headers", "key"))
OF_LETTERS = frozenset({*SAID, CODE, ITEM, ATTEMPT, *LEFT_OUT_OF_LETTERS})
"""The headers of a dead letter that are not its original's."""
_MOST_DIGITS = 5
_KINDS = {topic.name: kind_of(topic.name) for topic in (*INPUTS, *RAW)}


def fates(record: Record) -> Sequence[Fate]:
    """Returns what has to become of each item of a record of a topic that intake reads."""
    if record.topic == ACCOUNT_ACTIVITY.name:
        return (_passed_on(record),)
    kind = _KINDS[record.topic]
    try:
        value = value_in(record.value)
        if record.topic not in VENDORS:
            key, told, has_unknown = relayed(kind, value, record.headers, record.timestamp_ms)
            return (sound(print_of(key, told), or_refused=has_unknown),)
        items = list(items_in(kind, value, record.timestamp_ms))
    except Unreadable as fault:
        return (unreadable(fault.codes, letter_of(record)),)
    letter = letter_of(record)
    return [
        of_letter(one, letter) if isinstance(one, Fate) else unreadable(one.codes, letter)
        for one in items or (LEFT_OUT,)
    ]


def _passed_on(record: Record) -> Fate:
    """Returns the fate of what an account has to say to a lead."""
    try:
        message = spine.decode(record.value or b"")
        key = (record.key or b"").decode()
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return of_letter(OPEN, letter_of(record))
    if not isinstance(message, AccountUpdated | AccountAnswered):
        return LEFT_OUT
    return sound(print_of(key, msgspec.structs.replace(message, came_from=None)))


def letter_of(record: Record) -> int:
    """Returns the print of the dead letter that a record of an input becomes."""
    told = record.header(ATTEMPT)
    before = int(told) if told.isdigit() and len(told) <= _MOST_DIGITS else 0
    return _print(record, str(before + 1).encode())


def print_of_letter(letter: Record) -> int:
    """Returns the print of a dead letter: key, value, headers of the original, and how often it was one."""
    return _print(letter, letter.header(ATTEMPT))


def _print(record: Record, attempt: bytes) -> int:
    parts = (record.key, record.value, attempt, *_of_the_original(record.headers))
    found = 0
    for part in parts:
        found = crc32(b"-" if part is None else b"%d:%b" % (len(part), part), found)
    return found


def _of_the_original(headers: Headers) -> Iterable[bytes | None]:
    for name, value in headers:
        if name not in OF_LETTERS:
            yield name.encode()
            yield value
