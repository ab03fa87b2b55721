"""What a dead letter is: the original, where it lay, and what is wrong with it.

A compressed input may hold more than any record that can be written; then the value stays out, where that is not
enough the headers, and last the key. What stays out is null, a header gives its size, and the origin says where the
whole still lies.
"""

from __future__ import annotations

from topics.settings import LARGEST_DEAD_LETTER
from worker.intake.items import DeadLetter
from worker.lane.log import Message
from worker.lane.processor import Headers, Record

ERROR_CODE = "lead-router-error-code"
ERROR_ITEM = "lead-router-item"
ERROR_ATTEMPT = "lead-router-attempt"
LEFT_OUT = "lead-router-left-out-"
"""Prefix of the headers that give the bytes of the `value`, `headers` or `key` that did not fit."""
CONNECT = "__connect.errors."
"""Prefix of the headers that Kafka Connect gives dead letters, which many tools show."""
MOST_OF_ONE_RECORD = 4 * LARGEST_DEAD_LETTER
"""Bytes of values that the dead letters of one input record may repeat: an array holds thousands of bad items."""
_FRAME = 512
"""More bytes than a batch of one record has around key, value and headers, and than what says that some is left out."""
_FRAME_OF_HEADER = 10
"""More bytes than a header has around name and value."""


def dead_letter_of(record: Record, item: DeadLetter, *, repeated: int = 0) -> Message:
    """Returns key, value and headers of a dead letter; the value stays out where too much was `repeated` before."""
    key, value, theirs, ours = record.key, record.value, _theirs(record), _ours(record, item)
    fixed = _FRAME + size_of(ours)
    left_out: list[tuple[str, int]] = []
    size = len(value or b"")
    whole = fixed + size + size_of(theirs) + len(key or b"")
    if value is not None and (whole > LARGEST_DEAD_LETTER or repeated + size > MOST_OF_ONE_RECORD):
        value = None
        left_out.append(("value", size))
        whole -= size
    if whole > LARGEST_DEAD_LETTER and theirs:
        left_out.append(("headers", size_of(theirs)))
        whole -= size_of(theirs)
        theirs = ()
    if whole > LARGEST_DEAD_LETTER and key is not None:
        left_out.append(("key", len(key)))
        key = None
    missing = tuple((f"{LEFT_OUT}{what}", str(size).encode()) for what, size in left_out)
    return key, value, (*theirs, *ours, *missing)


def _ours(record: Record, item: DeadLetter) -> Headers:
    """Returns what we say of it; a replay counts on."""
    told = {
        f"{CONNECT}topic": record.topic,
        f"{CONNECT}partition": str(record.partition),
        f"{CONNECT}offset": str(record.offset),
        f"{CONNECT}exception.class.name": type(item).__name__,
        f"{CONNECT}exception.message": item.message,
        ERROR_CODE: item.code,
        ERROR_ITEM: str(item.item),
        ERROR_ATTEMPT: str(_attempts(record) + 1),
    }
    return tuple((name, value.encode()) for name, value in told.items())


_OURS = frozenset(
    {
        *(f"{CONNECT}{what}" for what in ("topic", "partition", "offset")),
        *(f"{CONNECT}exception.{what}" for what in ("class.name", "message")),
        *(f"{LEFT_OUT}{what}" for what in ("value", "headers", "key")),
        ERROR_CODE,
        ERROR_ITEM,
        ERROR_ATTEMPT,
    }
)


def is_ours(name: str) -> bool:
    """Tells whether a header is one that dead letters say something with; a sender's own of that name is dropped."""
    return name in _OURS


def _theirs(record: Record) -> Headers:
    return tuple((name, value) for name, value in record.headers if not is_ours(name))


def _attempts(record: Record) -> int:
    """Returns how often a record has been a dead letter before."""
    told = record.header(ERROR_ATTEMPT)
    return int(told) if told.isdigit() and len(told) < 6 else 0  # noqa: PLR2004  a sender may write anything


def size_of(headers: Headers) -> int:
    """Returns how many bytes headers take at most."""
    return sum(_FRAME_OF_HEADER + len(name.encode()) + len(value or b"") for name, value in headers)
