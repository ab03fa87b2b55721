"""Whether a request was applied, told by epochs: a transactional id gets a higher one each time it is asked for."""

from __future__ import annotations

import asyncio
import struct

from tests.faults.proxy import Api
from worker.ops.local_broker.java import HOST

GONE = (ConnectionError, asyncio.IncompleteReadError)
TIMEOUT_MS, TIMEOUT_TOO_LONG_MS = 60_000, 2_000_000_000


class Client:
    """Asks for epochs over one connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def epoch(self, name: str, timeout_ms: int = TIMEOUT_MS) -> int:
        """Returns the epoch it gets, -1 with an error."""
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(HOST, self._port)
        body = struct.pack(">hhihh", Api.INIT_PRODUCER_ID, 0, 1, -1, len(name))
        body += name.encode() + struct.pack(">i", timeout_ms)
        self._writer.write(struct.pack(">i", len(body)) + body)
        answer = await self._reader.readexactly(4 + 4 + 4 + 2 + 8 + 2)
        epoch: int = struct.unpack(">iiihqh", answer)[-1]
        return epoch

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
