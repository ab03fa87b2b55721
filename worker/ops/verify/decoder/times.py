"""When an event may have happened, at the earliest and at the latest."""

from __future__ import annotations

_EARLIEST_MS = 946_684_800_000
"""The beginning of the year 2000."""
_AHEAD_MS = 300_000
"""How far the time of an event may lie beyond that of its record: clocks differ."""


def fault_of_time(at: int, recorded_ms: int) -> str | None:
    """Returns the code of what is wrong with a time (UTC ms), None if nothing is.

    A record without a time bears a number below zero, and nothing lies in its future.
    """
    if at > recorded_ms + _AHEAD_MS and recorded_ms >= 0:
        return "time.future"
    return "time.past" if at < _EARLIEST_MS else None
