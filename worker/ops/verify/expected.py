"""What a log leads to: messages that have to be published, their cause, and the id they are told apart by."""

from __future__ import annotations

from hashlib import blake2b

import msgspec
import orjson


class Cause(msgspec.Struct):
    """A message of the log, what it led to, and how much of that is missing."""

    offset: int
    at_ms: int
    certain: bool
    """Whether the lane had passed it: what it led to must be there."""
    outcomes: int = 0
    missing: int = 0


class Expected(msgspec.Struct):
    """A message that has to be there."""

    cause: Cause
    event_id: str
    key: bytes
    value: bytes
    occurred_at: str = ""
    """The time of an outcome, for its envelope; what is no outcome has none."""


NAMELESS = "\0"
"""How the id of what bears none begins."""
LONGEST_ID = 1_000


def id_of(key: bytes | None, value: bytes | None) -> str:
    """Returns the event id of an outcome; of anything else, what stands in it, which is to be compared alone."""
    try:
        event_id = orjson.loads(value or b"")["event_id"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        event_id = None
    if isinstance(event_id, str) and len(event_id) <= LONGEST_ID:
        return event_id
    return f"{NAMELESS}{(key or b'').decode(errors='replace')} {(value or b'').decode(errors='replace')}"


def named(event_id: str) -> str:
    """Returns what people are told of an id: of a message that bears none a digest, for it may say anything."""
    if not event_id.startswith(NAMELESS):
        return event_id
    return (
        f"a message without an id, digest {blake2b(event_id.encode(), digest_size=8).hexdigest()}"
    )


def is_of_deadline(value: bytes) -> bool:
    """Returns whether an outcome was caused by a deadline."""
    try:
        return bool(orjson.loads(value)["cause"]["type"] == "deadline")
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return False
