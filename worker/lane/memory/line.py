"""The way of a process to a cluster in memory: every request goes over it, and may be held, lost or cut off there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Line(Protocol):
    """The way of one process to the cluster."""

    async def ask(self, name: str, do: Callable[[], T]) -> T:
        """Has the cluster do something, and returns its answer; raises where it does not come through, or not back."""


class StraightLine:
    """A line on which nothing happens, but that `tap` hears of each request before it arrives and after it was done."""

    def __init__(self, tap: Callable[[str], None] | None = None) -> None:
        self._tap = tap or (lambda _: None)

    async def ask(self, name: str, do: Callable[[], T]) -> T:
        """Has it done in the next step of the loop."""
        await asyncio.sleep(0)
        self._tap(f"before {name}")
        answer = do()
        self._tap(f"after {name}")
        await asyncio.sleep(0)
        return answer
