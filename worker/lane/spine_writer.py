"""How a process writes onto the spine by itself: deadlines that came due, and what a lane says when it opens.

One idempotent writer for all lanes of a process, never in a transaction: an open one would hide what others wrote.
What is written here may be written twice, which its readers do not mind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from worker.lane.clock import Clock
from worker.lane.limits import Limits
from worker.lane.log import Log, Message, Writer
from worker.lane.processor import TopicPartition


class SpineWriter:
    """The writer, opened when first needed and after every error."""

    def __init__(self, log: Log, limits: Limits, clock: Clock) -> None:
        self._log = log
        self._limits = limits
        self._clock = clock
        self._writer: Writer | None = None
        self._opening = asyncio.Lock()

    async def write(self, place: TopicPartition, messages: Sequence[Message]) -> None:
        """Writes messages and returns once they are acknowledged; after an error some of them may be there."""
        writer = await self._opened()
        if (held := writer.held_until - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(held)
        try:
            async with asyncio.timeout(self._limits.request_seconds):
                await asyncio.gather(*await writer.send(place, messages, self._clock()))
        except BaseException:
            if self._writer is writer:
                self._writer = None
                await writer.abandon()
            raise

    async def close(self) -> None:
        """Ends the writer."""
        writer, self._writer = self._writer, None
        if writer is not None:
            async with asyncio.timeout(self._limits.discard_seconds):
                await writer.close()

    async def _opened(self) -> Writer:
        async with self._opening:
            if self._writer is None:
                async with asyncio.timeout(self._limits.open_seconds):
                    self._writer = await self._log.open_writer(None)
            return self._writer
