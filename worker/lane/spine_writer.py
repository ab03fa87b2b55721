"""How a process writes onto the spine by itself: deadlines that came due, and what a lane says when it opens.

One idempotent writer for all lanes of a process, never in a transaction: an open one would hide what others wrote.
What is written here may be written twice, which its readers do not mind.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

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
        self._using = Counter[Writer]()

    async def write(self, place: TopicPartition, messages: Sequence[Message]) -> None:
        """Writes messages and returns once they are acknowledged; after an error some of them may be there.

        Whoever meets an error has the next open another writer, and leaves this one to those who still wait for it.
        """
        writer = await self._that_is_read()
        self._using[writer] += 1
        try:
            async with listened_to(self._limits.request_seconds, writer):
                await asyncio.gather(*await writer.send(place, messages, self._clock()))
        except BaseException:
            if self._writer is writer:
                self._writer = None
            raise
        finally:
            self._using[writer] -= 1
            if not self._using[writer]:
                del self._using[writer]
                if self._writer is not writer:
                    await writer.abandon()

    async def close(self) -> None:
        """Ends the writer."""
        writer, self._writer = self._writer, None
        if writer is not None:
            async with asyncio.timeout(self._limits.discard_seconds):
                await writer.close()

    async def _that_is_read(self) -> Writer:
        """Returns the writer once the broker does not hold it."""
        time = asyncio.get_running_loop().time
        while True:
            writer = await self._opened()
            if (held := writer.held_until - time()) <= 0:
                return writer
            await asyncio.sleep(held)

    async def _opened(self) -> Writer:
        async with self._opening:
            if self._writer is None:
                async with asyncio.timeout(self._limits.open_seconds):
                    self._writer = await self._log.open_writer(None)
            return self._writer


@asynccontextmanager
async def listened_to(seconds: float, writer: Writer) -> AsyncIterator[None]:
    """Raises TimeoutError after so many seconds in which the broker would have read what was written."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    alarm: asyncio.Handle

    def look() -> None:
        nonlocal alarm
        until = max(began, writer.held_until) + seconds
        if until > loop.time():
            alarm = loop.call_at(until, look)
        else:
            limit.reschedule(loop.time())

    async with asyncio.timeout(None) as limit:
        alarm = loop.call_later(seconds, look)
        try:
            yield
        finally:
            alarm.cancel()
