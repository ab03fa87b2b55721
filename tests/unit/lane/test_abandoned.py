"""A producer that is dropped leaves nothing behind: no task that waits, and no connection that it was about to use."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from aiokafka.protocol.admin import ApiVersionResponse_v0
from aiokafka.protocol.metadata import MetadataResponse_v1
from aiokafka.protocol.transaction import InitProducerIdResponse_v0

from worker.lane.kafka.log import KafkaLog
from worker.lane.limits import Limits
from worker.lane.processor import TopicPartition

PRODUCE, METADATA, VERSIONS, INIT_PRODUCER_ID = 0, 3, 18, 22
PLACE = TopicPartition("told", 0)
SOON_SECONDS = 0.5


class Mute:
    """A broker that takes what is produced and says nothing of it; a leader that it names may not be there."""

    def __init__(self) -> None:
        self.produced = 0
        self.port = self.leader_port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers whatever it is asked, but for what is produced."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                (size,) = struct.unpack(">i", await reader.readexactly(4))
                request = await reader.readexactly(size)
                kind, _, number = struct.unpack(">hhi", request[:8])
                answer = self._answer(kind)
                if answer is not None:
                    body = struct.pack(">i", number) + answer.encode()
                    writer.write(struct.pack(">i", len(body)) + body)
        writer.close()

    def _answer(self, kind: int) -> Any:
        match kind:
            case 18:
                known = [(PRODUCE, 0, 3), (METADATA, 0, 1), (VERSIONS, 0, 0)]
                return ApiVersionResponse_v0(0, [*known, (INIT_PRODUCER_ID, 0, 0)])
            case 3:
                nodes = [
                    (1, "127.0.0.1", self.port, None),
                    (2, "127.0.0.1", self.leader_port, None),
                ]
                return MetadataResponse_v1(nodes, 1, [(0, "told", False, [(0, 0, 2, [2], [2])])])
            case 22:
                return InitProducerIdResponse_v0(0, 0, 7, 0)
        self.produced += kind == PRODUCE
        return None


@asynccontextmanager
async def mute_broker() -> AsyncIterator[Mute]:
    broker = Mute()
    server = await asyncio.start_server(broker.serve, "127.0.0.1", 0)
    broker.port = broker.leader_port = server.sockets[0].getsockname()[1]
    yield broker
    server.close()


async def abandoned(broker: Mute, *, once: str) -> None:
    """Drops a producer once its request is there, or once it connects to somebody who does not answer."""
    log = KafkaLog({"bootstrap_servers": f"127.0.0.1:{broker.port}"}, Limits(request_seconds=3.0))
    writer = await log.open_writer(None)
    await writer.begin([PLACE.topic])
    await writer.send(PLACE, [(b"anna", b"{}", ())], 1)
    if once == "produced":
        async with asyncio.timeout(3):
            while not broker.produced:
                await asyncio.sleep(0.01)
    else:
        await asyncio.sleep(0.1)
    await writer.abandon()


def left_since(before: set[asyncio.Task[Any]]) -> list[str]:
    """Returns what goes on here that was not there before, but for brokers."""
    told = [str(task.get_coro()) for task in asyncio.all_tasks() - before]
    return [one for one in told if "serve" not in one]


async def test_a_producer_whose_request_is_under_way_leaves_no_task() -> None:
    async with mute_broker() as broker:
        before = asyncio.all_tasks()
        await abandoned(broker, once="produced")
        await asyncio.sleep(SOON_SECONDS)
        assert left_since(before) == []


@pytest.fixture
async def unheard() -> AsyncIterator[int]:
    """Gives the port of somebody who takes a connection late, and says nothing of versions until then."""
    heard = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    heard.set()
    server.close()


async def test_a_producer_that_is_connecting_does_not_go_on(unheard: int) -> None:
    async with mute_broker() as broker:
        broker.leader_port = unheard
        before = asyncio.all_tasks()
        await abandoned(broker, once="connecting")
        await asyncio.sleep(SOON_SECONDS)
        assert left_since(before) == []
