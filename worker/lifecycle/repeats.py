"""Telling a repeated event from a new one, and from another one that took its id.

A lead keeps a ring of its last events: 8 bytes for (source, event id) and 8 for the content, each the beginning of a
BLAKE2b digest. What fell out of the ring is forgotten.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Literal

from schemas.spine import Told
from worker.lifecycle.record import RING_EVENTS, Lead

_DIGEST_BYTES = 8
_ENTRY_BYTES = 2 * _DIGEST_BYTES
_KEPT_BYTES = (RING_EVENTS - 1) * _ENTRY_BYTES
"""What stays of a full ring when an entry is added."""


def remember(lead: Lead, activity: Told) -> Literal["new", "duplicate", "conflict"]:
    """Compares an event with the last ones of the lead, and keep it unless it is one of them."""
    named = f"{activity.source}\0{activity.event_id}".encode()
    key = blake2b(named, digest_size=_DIGEST_BYTES).digest()
    entry = key + activity.content.to_bytes(_DIGEST_BYTES, "big")
    verdict: Literal["new", "conflict"] = "new"
    ring = lead.ring
    at = ring.find(key)
    while at >= 0:
        if at % _ENTRY_BYTES == 0:
            if ring.startswith(entry, at):
                return "duplicate"
            verdict = "conflict"
        at = ring.find(key, at + 1)
    lead.ring = ring[-_KEPT_BYTES:] + entry
    return verdict
