"""Two processes that live under one instance name: a group gives the name to whoever came last.

Whose name was taken may come back under it and take it in turn, for ever. Once that is right: a join that was sent
again may reach the group in the wrong order, and then a member's own past has taken its name. Twice it is somebody.
"""

from __future__ import annotations

import asyncio
import math

from worker.lane.errors import InstanceFenced
from worker.lane.limits import Limits


class Namesakes:
    """How often the name of one member was taken; the group says so with FENCED_INSTANCE_ID."""

    def __init__(self, limits: Limits, instance: str) -> None:
        self._seconds = limits.fenced_again_seconds
        self._instance = instance
        self._last = -math.inf

    def came(self) -> InstanceFenced | None:
        """Hears that the name was taken, and returns the error that it is, unless it is the first time in a while."""
        before, self._last = self._last, asyncio.get_running_loop().time()
        if self._last - before > self._seconds:
            return None
        return InstanceFenced(
            f"another process has joined as {self._instance}, twice within {self._seconds:.0f} s"
        )
