"""A `lead-router run` for tests, what is given to it, and what is seen of it."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from aiokafka import AIOKafkaProducer

from topics.catalogue import name_of
from worker.lane.processor import Record
from worker.stream.lag import lag_reader
from worker.stream.reader import read_topic
from worker.stream.settings import Settings

PATIENCE_SECONDS = 40
T = TypeVar("T")


async def seen(look: Callable[[], Awaitable[T | None]]) -> T:
    """Returns the first thing that is there when looked for."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (found := await look()):
            await asyncio.sleep(0.1)
        return found


class Worker:
    """A `lead-router run` of an application of the test's own."""

    tree: Path | None = None
    """Where its version of the worker is, if that is not the present one."""

    def __init__(self, settings: Settings, log: Path, **environment: str) -> None:
        self.settings = settings
        self.log = log
        self._environment = {
            **{name: value for name, value in os.environ.items() if "LEAD_ROUTER" not in name},
            "LEAD_ROUTER_BOOTSTRAP": settings.bootstrap,
            "LEAD_ROUTER_APPLICATION_ID": settings.application_id,
            "LEAD_ROUTER_WEB_PORT": "0",
            **environment,
        }
        self.process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        with self.log.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "worker", "run"],
                env=self._environment,
                stderr=log,
                cwd=self.tree,
            )

    def told(self) -> str:
        return self.log.read_text()

    async def page(self, name: str) -> tuple[int, str]:
        """Returns status and text of one of its pages; 0 while it does not listen."""
        assert self.process.poll() is None, self.told()
        told = [json.loads(line) for line in self.told().splitlines() if '"listening"' in line]
        if not told:
            return 0, ""
        address = f"http://127.0.0.1:{told[0]['port']}/{name}"
        with suppress(aiohttp.ClientConnectionError):
            async with aiohttp.ClientSession() as session, session.get(address) as answer:
                return answer.status, await answer.text()
        return 0, ""

    async def ready(self) -> None:
        async def look() -> bool:
            return (await self.page("readyz"))[0] == 200

        await seen(look)

    def ended(self, with_signal: signal.Signals | None = None) -> int:
        if with_signal is not None:
            self.process.send_signal(with_signal)
        return self.process.wait(PATIENCE_SECONDS)

    def restart(self) -> None:
        self.process = self._started()


@contextmanager
def running(worker: Worker) -> Iterator[Worker]:
    """Gives a worker that does not outlive its test."""
    try:
        yield worker
    finally:
        worker.process.kill()
        worker.process.wait()


async def produce(settings: Settings, kind: str, key: str, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        await producer.send_and_wait(name_of(kind), value, key=key.encode(), headers=[("h", b"1")])


def form(lead_id: str, **fields: str) -> bytes:
    told = {
        "event_id": secrets.token_hex(4),
        "occurred_at": datetime.now(UTC).isoformat(),
        "lead_id": lead_id,
        "form_id": "contact_us",
    }
    return json.dumps(told | fields).encode()


async def outcomes(settings: Settings, kind: str, lead_id: str, least: int) -> list[Record]:
    """Returns what our application published for a lead, once there is at least so much of it."""
    source = f"/lead-router/{settings.application_id}".encode()

    async def look() -> list[Record] | None:
        found = [
            record
            async for record in read_topic(settings, name_of(kind))
            if record.key == lead_id.encode() and ("ce_source", source) in record.headers
        ]
        return found if len(found) >= least else None

    return await seen(look)


async def caught_up(settings: Settings) -> None:
    """Returns once every partition is committed up to its very end."""
    async with lag_reader(settings) as reader:

        async def look() -> bool:
            return all(lag.end == (lag.committed or 0) for lag in await reader.read())

        await seen(look)


def value_of(record: Record) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(record.value or b"")
    return value
