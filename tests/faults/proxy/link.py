"""The whole link between clients and brokers, each way for itself: open or cut, fast or slow."""

from __future__ import annotations

import asyncio


class Way:
    """One way. What is on it while it is cut arrives when it is mended, as TCP sends again what was lost."""

    def __init__(self) -> None:
        self.latency = 0.0
        self.delayed = 0
        self.stopped = 0
        self._open = asyncio.Event()
        self._open.set()

    def cut(self) -> None:
        """Lets nothing through any more."""
        self._open.clear()

    def mend(self) -> None:
        """Lets everything through again."""
        self._open.set()

    async def arrival(self, sent_at: float) -> None:
        """Returns when what was sent at this time of the loop's clock arrives."""
        ahead = sent_at + self.latency - asyncio.get_running_loop().time()
        if self.latency and ahead > 0:
            self.delayed += 1
            await asyncio.sleep(ahead)
        if not self._open.is_set():
            self.stopped += 1
            await self._open.wait()


class Link:
    """Both ways."""

    def __init__(self) -> None:
        self.requests = Way()
        self.answers = Way()
