"""A producer that is dropped leaves nothing behind: no task that waits, and no connection that it was about to use."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from aiokafka.protocol.admin import ApiVersionResponse_v0
from aiokafka.protocol.coordination import FindCoordinatorResponse_v1
from aiokafka.protocol.metadata import MetadataResponse_v1
from aiokafka.protocol.transaction import InitProducerIdResponse_v0

from worker.lane.kafka.log import KafkaLog
from worker.lane.kafka.writer import KafkaWriter
from worker.lane.limits import Limits
from worker.lane.processor import TopicPartition

PRODUCE, METADATA, COORDINATOR, VERSIONS, INIT_PRODUCER_ID, ADD_PARTITIONS = 0, 3, 10, 18, 22, 24
PLACE = TopicPartition("told", 0)
SOON_SECONDS = 0.5


class Mute:
    """A broker that takes what is written and says nothing of it; a leader that it names may not be there."""

    def __init__(self) -> None:
        self.heard: set[int] = set()
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
        self.heard.add(kind)
        if kind == VERSIONS:
            known = [(PRODUCE, 0, 3), (METADATA, 0, 1), (COORDINATOR, 0, 1)]
            others = (VERSIONS, INIT_PRODUCER_ID, ADD_PARTITIONS)
            return ApiVersionResponse_v0(0, [*known, *((one, 0, 0) for one in others)])
        if kind == METADATA:
            nodes = [(1, "127.0.0.1", self.port, None), (2, "127.0.0.1", self.leader_port, None)]
            return MetadataResponse_v1(nodes, 1, [(0, "told", False, [(0, 0, 2, [2], [2])])])
        if kind == COORDINATOR:
            return FindCoordinatorResponse_v1(0, 0, "", 1, "127.0.0.1", self.port)
        return InitProducerIdResponse_v0(0, 0, 7, 0) if kind == INIT_PRODUCER_ID else None


@asynccontextmanager
async def mute_broker() -> AsyncIterator[Mute]:
    broker = Mute()
    server = await asyncio.start_server(broker.serve, "127.0.0.1", 0)
    broker.port = broker.leader_port = server.sockets[0].getsockname()[1]
    yield broker
    server.close()


async def sending(broker: Mute, transactional_id: str | None = None) -> KafkaWriter:
    """Returns a producer that has something to send."""
    log = KafkaLog({"bootstrap_servers": f"127.0.0.1:{broker.port}"}, Limits(request_seconds=3.0))
    writer = await log.open_writer(transactional_id)
    await writer.begin([PLACE.topic])
    await writer.send(PLACE, [(b"anna", b"{}", ())], 1)
    return writer


def left_since(before: set[asyncio.Task[Any]]) -> list[str]:
    """Returns what goes on here that was not there before, but for brokers."""
    told = [str(task.get_coro()) for task in asyncio.all_tasks() - before]
    return [one for one in told if "serve" not in one]


async def leaves_nothing(writer: KafkaWriter, before: set[asyncio.Task[Any]]) -> None:
    await writer.abandon()
    await asyncio.sleep(SOON_SECONDS)
    assert left_since(before) == []


@pytest.mark.parametrize(
    "transactional_id, kind", [(None, PRODUCE), ("leads", ADD_PARTITIONS)], ids=["plain", "leads"]
)
async def test_a_producer_whose_request_is_under_way_leaves_no_task(
    transactional_id: str | None, kind: int
) -> None:
    async with mute_broker() as broker:
        before = asyncio.all_tasks()
        writer = await sending(broker, transactional_id)
        async with asyncio.timeout(3):
            while kind not in broker.heard:
                await asyncio.sleep(0.01)
        await leaves_nothing(writer, before)


@pytest.mark.parametrize("steps", range(8))
async def test_a_producer_that_is_about_to_send_does_not(steps: int) -> None:
    async with mute_broker() as broker:
        before = asyncio.all_tasks()
        writer = await sending(broker)
        for _ in range(steps):
            await asyncio.sleep(0)
        await leaves_nothing(writer, before)


async def test_a_producer_that_is_connecting_does_not_go_on() -> None:
    """Its leader takes the connection, and says nothing there."""
    connected, over = asyncio.Event(), asyncio.Event()

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set()
        await over.wait()
        writer.close()

    leader = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with mute_broker() as broker:
        broker.leader_port = leader.sockets[0].getsockname()[1]
        before = asyncio.all_tasks()
        writer = await sending(broker)
        await asyncio.wait_for(connected.wait(), 3)
        await leaves_nothing(writer, before)
    over.set()
    leader.close()
