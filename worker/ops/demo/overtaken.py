"""Which leads have events on the spine in another order than they were produced.

They are counted, not judged: vendors' bodies say nothing of their leads' partitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from worker.lane.processor import Origin, Record
from worker.ops.demo.logs import Logs


class _Sent(msgspec.Struct):
    """As much of an internal message as is looked at: where it came from, if from an input."""

    came_from: tuple[str, int, int, int] | None = None


_decode_sent = msgspec.json.Decoder(_Sent).decode


def overtaken(logs: Logs) -> tuple[str, ...]:
    """Return the leads whose events overtook each other."""
    produced_at = {(r.topic, r.partition, r.offset): r.timestamp_ms for r in logs.inputs}
    latest: dict[bytes, int] = {}
    found: set[bytes] = set()
    first_told: set[Origin] = set()
    for lead, origin in _told(logs.spine):
        at = produced_at.get(origin[:3])
        if at is None or origin in first_told:
            continue
        first_told.add(origin)
        if at < latest.get(lead, 0):
            found.add(lead)
        latest[lead] = max(at, latest.get(lead, 0))
    return tuple(sorted(lead.decode() for lead in found))


def _told(messages: Iterable[Record]) -> Iterator[tuple[bytes, Origin]]:
    """Yield key and origin of each message that came from an input."""
    for record in messages:
        came_from = _decode_sent(record.value or b"").came_from
        if came_from is not None:
            yield record.key or b"", Origin(*came_from)
