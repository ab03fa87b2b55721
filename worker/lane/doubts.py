"""Lanes of which somebody said that what they want next is not there: they are fed nothing until that was looked at.

Who led a partition before may have said it, and then it takes seconds to know; the other lanes go on meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from worker.lane.errors import LaneError
from worker.lane.processor import TopicPartition
from worker.lane.tasks import begun


class Doubts:
    """One engine's."""

    def __init__(
        self, look: Callable[[], Awaitable[None]], give_up: Callable[[LaneError], None]
    ) -> None:
        self._look = look
        self._give_up = give_up
        self._partitions: set[int] = set()
        self._one_at_a_time = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def __contains__(self, partition: int) -> bool:
        """Returns whether a lane is to be fed nothing."""
        return partition in self._partitions

    def raised(self, places: Iterable[TopicPartition]) -> None:
        """Has the inputs looked at, and feeds these lanes nothing until then."""
        self._partitions |= {place.partition for place in places}
        if self._task is None or self._task.done():
            self._task = begun(self._dispel(), "look at what went back", self._give_up)

    async def look(self) -> None:
        """Looks at the inputs, once at a time."""
        async with self._one_at_a_time:
            await self._look()

    async def _dispel(self) -> None:
        while asked := frozenset(self._partitions):
            await self.look()
            self._partitions -= asked

    def forget(self) -> None:
        """Ends what is under way: who joins anew asks anew."""
        if self._task is not None:
            self._task.cancel()
        self._task = None
        self._partitions.clear()
