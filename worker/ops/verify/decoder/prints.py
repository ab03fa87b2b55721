"""Prints: four bytes that tell one message from another, so that ten million expected ones fit into memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

import msgspec

from schemas.spine import CallDisposed, EmailEngaged, FormSubmitted, Relayed
from topics.catalogue import RAW

VENDORS = frozenset(topic.name for topic in RAW)
_in_order = msgspec.json.Encoder(order="sorted").encode


def print_of(key: str, told: Mapping[str, Any] | Relayed) -> int:
    """Returns the print of a message, as a mapping or as it is read from a log; where it came from is left out."""
    return crc32(_in_order(told), crc32(key.encode()))


def print_of_vendors(key: str, facts: Sequence[str]) -> int:
    """Returns the print of what is known of a vendor's item: type, event id, source, time, and which of its type."""
    return crc32("\0".join(facts).encode(), crc32(key.encode()))


def print_as_read(key: bytes | None, message: Relayed, topic: str) -> int:
    """Returns the print of a message of the spine or the account-log that comes from a topic."""
    lead = (key or b"").decode(errors="replace")
    if topic not in VENDORS:
        return print_of(lead, msgspec.structs.replace(message, came_from=None))
    return print_of_vendors(lead, _facts(message))


def _facts(message: Any) -> Sequence[str]:  # noqa: ANN401  the spine's messages share no class
    """Returns what is compared of a message that a vendor's item became."""
    if not isinstance(message, EmailEngaged | CallDisposed | FormSubmitted):
        return ()
    which = ""
    if isinstance(message, EmailEngaged):
        which = message.kind
    elif isinstance(message, FormSubmitted):
        which = message.form_id
    return (message.topic_type, message.event_id, message.source, str(message.at), which)
