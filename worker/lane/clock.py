"""The one clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

Clock = Callable[[], int]
"""Tells the wall clock's time in UTC milliseconds."""

Act = Callable[[], Awaitable[None]]


def wall_ms() -> int:
    """Returns the time of this machine's wall clock in UTC milliseconds."""
    return time.time_ns() // 1_000_000


async def every(seconds: float, act: Act) -> None:
    """Does something again and again, each time after a pause."""
    while True:
        await asyncio.sleep(seconds)
        await act()
