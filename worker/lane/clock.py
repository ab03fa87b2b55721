"""The one clock."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Tells the wall clock's time in UTC milliseconds."""


def wall_ms() -> int:
    """Returns the time of this machine's wall clock in UTC milliseconds."""
    return time.time_ns() // 1_000_000
