"""What a dead letter is: the original, where it lay, and what is wrong with it.

A compressed input may hold more than any record that can be written; then the value stays out, where that is not
enough the headers, and last the key. So it is with the letters of an array, which may hold thousands of bad items: the
more letters a record had before, the less of it the next one has room for. What stays out is null, a header gives its
size, and the origin says where the whole still lies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from topics.settings import LARGEST_DEAD_LETTER
from worker.intake.items import DeadLetter
from worker.lane.log import Message
from worker.lane.processor import Headers, Record, size_of_headers

ERROR_CODE = "lead-router-error-code"
ERROR_ITEM = "lead-router-item"
ERROR_ATTEMPT = "lead-router-attempt"
LEFT_OUT = "lead-router-left-out-"
"""Prefix of the headers that give the bytes of each of PARTS that did not fit."""
PARTS = ("value", "headers", "key")
"""What of an original may be left out, in this order."""
CONNECT = "__connect.errors."
"""Prefix of the headers that Kafka Connect gives dead letters, which many tools show."""
MOST_OF_ONE_RECORD = 4 * LARGEST_DEAD_LETTER
"""A letter has room for as much as would make so many bytes, if every letter of its record up to it were as large: so
no more is repeated of the value, no more of the headers, and no more of the key."""
_FRAME = 512
"""More bytes than a batch of one record has around key, value and headers, and than what says that some is left out."""


def dead_letters_of(record: Record, items: Sequence[DeadLetter]) -> Iterator[Message]:
    """Yields key, value and headers of the dead letter of each item of a record; items come in their order."""
    theirs = tuple((name, value) for name, value in record.headers if not is_ours(name))
    sizes = _Sizes(len(record.value or b""), size_of_headers(theirs), len(record.key or b""))
    attempt = _attempts(record) + 1
    for before, item in enumerate(items):
        ours = _ours(record, item, attempt)
        room = LARGEST_DEAD_LETTER - _FRAME - size_of_headers(ours)
        left_out = _left_out(record, sizes, min(room, MOST_OF_ONE_RECORD // (before + 1)))
        yield (
            None if "key" in left_out else record.key,
            None if "value" in left_out else record.value,
            (
                *(() if "headers" in left_out else theirs),
                *ours,
                *((f"{LEFT_OUT}{what}", str(size).encode()) for what, size in left_out.items()),
            ),
        )


class _Sizes(NamedTuple):
    """How many bytes of a record are its sender's."""

    value: int
    headers: int
    key: int


def _left_out(record: Record, sizes: _Sizes, room: int) -> dict[str, int]:
    """Returns what of a record a letter leaves out so that the rest has room, and the bytes of each."""
    left_out = {}
    whole = sum(sizes)
    if whole > room and record.value is not None:
        left_out["value"] = sizes.value
        whole -= sizes.value
    if whole > room and sizes.headers:
        left_out["headers"] = sizes.headers
        whole -= sizes.headers
    if whole > room and record.key is not None:
        left_out["key"] = sizes.key
    return left_out


def _ours(record: Record, item: DeadLetter, attempt: int) -> Headers:
    """Returns what we say of it; a replay counts on."""
    told = {
        f"{CONNECT}topic": record.topic,
        f"{CONNECT}partition": str(record.partition),
        f"{CONNECT}offset": str(record.offset),
        f"{CONNECT}exception.class.name": type(item).__name__,
        f"{CONNECT}exception.message": item.message,
        ERROR_CODE: item.code,
        ERROR_ITEM: str(item.item),
        ERROR_ATTEMPT: str(attempt),
    }
    return tuple((name, value.encode()) for name, value in told.items())


_OURS = frozenset(
    {
        *(f"{CONNECT}{what}" for what in ("topic", "partition", "offset")),
        *(f"{CONNECT}exception.{what}" for what in ("class.name", "message")),
        *(f"{LEFT_OUT}{what}" for what in PARTS),
        ERROR_CODE,
        ERROR_ITEM,
        ERROR_ATTEMPT,
    }
)


def is_ours(name: str) -> bool:
    """Tells whether a header is one that dead letters say something with; a sender's own of that name is dropped."""
    return name in _OURS


def _attempts(record: Record) -> int:
    """Returns how often a record has been a dead letter before."""
    told = record.header(ERROR_ATTEMPT)
    return int(told) if told.isdigit() and len(told) < 6 else 0  # noqa: PLR2004  a sender may write anything
