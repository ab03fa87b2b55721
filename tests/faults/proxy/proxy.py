"""The proxy: a port of its own for each broker behind it, one set of rules, one link."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.faults.proxy.connection import Circumstances, Connection, Stream
from tests.faults.proxy.link import Link
from tests.faults.proxy.rules import Armed, Rule, Rules, Then, ignore

HOST = "127.0.0.1"


class Proxy:
    """Forwards each port of `fronts` to the broker's port named there; facts go to the file `notes`."""

    def __init__(self, fronts: Mapping[int, int], notes: Path | None = None) -> None:
        self.link = Link()
        self._fronts = fronts
        self._rules = Rules(notes)
        self._around = Circumstances(self._rules, self.link)
        self._servers: list[asyncio.Server] = []
        self._open: set[Connection] = set()
        self._carrying: set[asyncio.Task[None]] = set()
        self._broken: list[Exception] = []

    async def __aenter__(self) -> Self:
        for front, behind in self._fronts.items():
            accept = partial(self._accept, behind)
            self._servers.append(await asyncio.start_server(accept, HOST, front))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends everything; raises what went wrong in here, for then nothing that was seen counts."""
        for server in self._servers:
            server.close()
        self.heal()
        self.reset()
        await asyncio.gather(*self._carrying, return_exceptions=True)
        if self._broken and error is None:
            raise self._broken[0]

    @property
    def passed(self) -> Mapping[str, int]:
        """How many requests of each name reached a broker."""
        return self._around.passed

    @property
    def refused(self) -> Mapping[tuple[str, int], int]:
        """How many answers had an error, by the name of the request and Kafka's number of the error."""
        return self._around.refused

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._open)

    def arm(self, rule: Rule, then: Then = ignore) -> Armed:
        """Puts a rule in force; `then` is called when it acts, once the fact is written and synced."""
        return self._rules.arm(rule, then)

    def heal(self) -> None:
        """Takes back every rule and every fault of the link."""
        self._rules.disarm()
        for way in (self.link.requests, self.link.answers):
            way.latency = 0.0
            way.mend()

    def reset(self) -> int:
        """Breaks every connection, and returns how many there were."""
        there = list(self._open)
        for connection in there:
            connection.reset()
        return len(there)

    async def _accept(
        self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Carries one client's connection until it ends."""
        client = Stream(reader, writer)
        task = asyncio.current_task()
        if task is not None:
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)
        try:
            broker = Stream(*await asyncio.open_connection(HOST, port))
        except OSError:  # no broker there: the client is told so in the same way
            client.reset()
            return
        connection = Connection(client, broker, self._around)
        self._open.add(connection)
        try:
            await connection.carry()
        except Exception as error:  # noqa: BLE001 - raised at the end
            self._broken.append(error)
        finally:
            self._open.discard(connection)
