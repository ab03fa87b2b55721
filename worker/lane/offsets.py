"""Group offsets, for lag tools alone; nobody here ever reads them back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from worker.lane.limits import Limits
from worker.lane.log import Source
from worker.lane.processor import TopicPartition
from worker.lane.watch import Watch


class OffsetReports:
    """Commits positions that have moved.

    Never while the group deals anew: a commit of a past generation makes the client library forget its membership,
    which starts the next rebalance, and two members that do so never end (seen in a campaign of kills).
    """

    def __init__(self, source: Source, limits: Limits, watch: Watch, name: str) -> None:
        self._source = source
        self._limits = limits
        self._watch = watch
        self._name = name
        self._reported: dict[TopicPartition, int] = {}
        self._again_at = 0.0
        self._running: asyncio.Task[None] | None = None

    async def report(self, positions: Mapping[TopicPartition, int]) -> None:
        """Commits what has moved since the last time, and everything now and then; a failure is only counted."""
        now = asyncio.get_running_loop().time()
        if now >= self._again_at:
            self._again_at = now + self._limits.offsets_again_seconds
            self._reported.clear()
        moved = {
            place: position
            for place, position in positions.items()
            if self._reported.get(place) != position
        }
        if not moved:
            return
        self._running = asyncio.create_task(self._commit(moved))
        await asyncio.wait([self._running])

    async def hush(self) -> None:
        """Ends a commit that is running, before the group deals anew."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running], timeout=self._limits.discard_seconds)

    async def _commit(self, moved: Mapping[TopicPartition, int]) -> None:
        try:
            async with asyncio.timeout(self._limits.offsets_timeout_seconds):
                await self._source.commit(moved)
        except Exception as error:  # noqa: BLE001 - only lag tools miss it
            self._watch.trouble(self._name, "offsets", type(error).__name__)
        else:
            self._reported.update(moved)
