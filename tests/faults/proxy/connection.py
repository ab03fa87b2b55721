"""One client's connection and the one to the broker that belongs to it."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from tests.faults.proxy.link import Link, Way
from tests.faults.proxy.rules import Armed, Rules, Side
from tests.faults.proxy.wire import Request, error_of, frames, number_of, request_of

ON_THE_WIRE = 64
"""Messages that may be under way at the same time, one way; clients send fewer before they wait."""

LINGER_NOT = struct.pack("ii", 1, 0)
"""To close a socket so is to reset the connection."""


class Stream:
    """Both ends of one TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self._writer = writer

    async def write(self, frame: bytes) -> None:
        """Writes to whoever is still there."""
        try:
            self._writer.write(frame)
            await self._writer.drain()
        except ConnectionError:
            return

    def close(self) -> None:
        """Hangs up in order."""
        self._writer.close()

    def reset(self) -> None:
        """Hangs up without a word."""
        try:
            self._writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT
            )
        except OSError:  # the other side was faster
            return
        self._writer.transport.abort()


@dataclass
class Circumstances:
    """What all connections of a proxy share."""

    rules: Rules
    link: Link
    passed: Counter[str] = field(default_factory=Counter)
    """Requests that reached a broker, by name."""
    refused: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Answers with an error, by the name of the request and Kafka's number of the error, of those looked into."""


class Connection:
    """Carries requests one way and answers the other, and does what the rules say on the way."""

    def __init__(self, client: Stream, broker: Stream, around: Circumstances) -> None:
        self._client = client
        self._broker = broker
        self._around = around
        self._unanswered: dict[int, Request] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def carry(self) -> None:
        """Returns when the connection has ended, however it ends."""
        self._tasks = [
            asyncio.create_task(self._carry_requests()),
            asyncio.create_task(self._carry_answers()),
        ]
        try:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_EXCEPTION)
            if not all(task.done() for task in self._tasks):
                self.reset()
        except asyncio.CancelledError:
            self.reset()
            raise
        for ended in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended

    def reset(self) -> None:
        """Breaks the connection on both sides."""
        for task in self._tasks:
            task.cancel()
        self._client.reset()
        self._broker.reset()

    async def _carry_requests(self) -> None:
        lost = False
        async with aclosing(self._arriving(self._client, self._around.link.requests)) as arriving:
            async for frame in arriving:
                request = request_of(frame)
                lost = lost or await self._is_lost("request", request)
                if not lost:
                    self._unanswered[request.number] = request
                    self._around.passed[request.name] += 1
                    await self._broker.write(frame)
        self._broker.close()

    async def _carry_answers(self) -> None:
        lost = False
        async with aclosing(self._arriving(self._broker, self._around.link.answers)) as arriving:
            async for frame in arriving:
                request = self._unanswered.pop(number_of(frame))
                if error := error_of(request, frame):
                    self._around.refused[request.name, error] += 1
                else:
                    lost = lost or await self._is_lost("answer", request)
                if not lost:
                    await self._client.write(frame)
        self._client.close()

    async def _arriving(self, sender: Stream, way: Way) -> AsyncGenerator[bytes]:
        """Yields what a sender sends, when it arrives; what is sent meanwhile is already under way."""
        wire: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(ON_THE_WIRE)
        loop = asyncio.get_running_loop()

        async def put() -> None:
            async for frame in frames(sender.reader):
                await wire.put((loop.time(), frame))
            await wire.put((loop.time(), b""))

        putting = asyncio.create_task(put())
        try:
            while True:
                sent_at, frame = await wire.get()
                await way.arrival(sent_at)
                if not frame:
                    return
                yield frame
        finally:
            putting.cancel()

    async def _is_lost(self, side: Side, request: Request) -> bool:
        """Does what a rule says, and returns whether nothing gets through from here on."""
        armed: Armed | None = self._around.rules.met(side, request)
        if armed is None:
            return False
        if armed.rule.act == "hold":
            await armed.held()
        elif armed.rule.act == "reset":
            self.reset()
        return armed.rule.act in {"drop", "reset"}
