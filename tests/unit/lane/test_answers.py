"""Of what brokers answer, a quota, a refused time and a refused topic are heard, and the rest is the library's."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import aiokafka
import pytest
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import (
    BrokerResponseError,
    InvalidTimestampError,
    KafkaConnectionError,
    TopicAuthorizationFailedError,
)
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.protocol.produce import ProduceResponse_v8

from worker.lane.errors import ClockRefused, LaneError, NotAllowed
from worker.lane.kafka.answers import Connection, Produced, held_until

PLACE = aiokafka.TopicPartition("leads.activity.v1", 0)
OTHER = aiokafka.TopicPartition("leads.activity.v1", 1)


class Batch:
    """A batch that remembers how it ended."""

    def __init__(self) -> None:
        self.ended: Any = None

    def done(self, offset: int, *_more: object) -> None:
        self.ended = offset

    def failure(self, exception: Exception) -> None:
        self.ended = exception


def answer(error: int, throttled_ms: int) -> ProduceResponse_v8:
    """Says that the first partition ended with an error and the second at offset 7."""
    partitions: list[Any] = [(0, error, -1, -1, 0, [], None), (1, 0, 7, -1, 0, [], None)]
    return ProduceResponse_v8([(PLACE.topic, partitions)], throttled_ms)


async def everything_else() -> None:
    """Lets whatever can run do so, until all of it waits."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Gives when the library has sent something; each request is the answer that it gets."""
    times: list[float] = []

    async def send(_connection: object, request: Any, _expect_response: bool) -> Any:
        times.append(asyncio.get_running_loop().time())
        return request

    monkeypatch.setattr(AIOKafkaConnection, "send", send)
    return times


async def test_nothing_is_sent_while_a_broker_does_not_listen(sent: list[float]) -> None:
    connection = Connection("host", 9092)
    assert await connection.send(answer(0, 200))
    await asyncio.gather(connection.send(answer(0, 0)), connection.send(answer(0, 0)))
    first, *later = sent
    assert len(later) == 2
    assert min(later) >= first + 0.2


async def test_what_is_sent_meanwhile_waits_for_the_answer_that_may_say_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = [asyncio.get_running_loop().create_future() for _ in range(2)]
    asked: list[int] = []

    async def send(_connection: object, request: int, _expect_response: bool) -> Any:
        asked.append(request)
        return await answers[request]

    monkeypatch.setattr(AIOKafkaConnection, "send", send)
    connection = Connection("host", 9092)
    sending = [asyncio.create_task(connection.send(number)) for number in range(2)]
    await everything_else()
    assert asked == [0]
    answers[0].set_result(answer(0, 60_000))
    await sending[0]
    await everything_else()
    assert asked == [0]
    sending[1].cancel()
    connection.held_until = 0.0
    answers[1].set_result(answer(0, 0))
    await connection.send(1)
    assert asked == [0, 1]


async def test_a_connection_without_an_answer_is_closed_for_all_who_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def knows(connection: AIOKafkaConnection) -> None:
        connection._versions = {MetadataRequest.API_KEY: (0, 1)}

    monkeypatch.setattr(AIOKafkaConnection, "_do_version_lookup", knows)
    gone = asyncio.Event()

    async def listens(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.set()

    async with await asyncio.start_server(listens, "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        connection = Connection("127.0.0.1", port, request_timeout_ms=50)
        await connection.connect()
        sending = [connection.send(MetadataRequest([])) for _ in range(3)]
        came = await asyncio.gather(*sending, return_exceptions=True)
        await asyncio.wait_for(gone.wait(), 5)
    assert [type(one) for one in came] == [TimeoutError, *[KafkaConnectionError] * 2]


async def test_who_is_within_the_quota_is_not_held(sent: list[float]) -> None:
    connection = Connection("host", 9092)
    for told in (answer(0, 0), SimpleNamespace()):
        await connection.send(told)
    assert connection.held_until == 0
    assert len(sent) == 2


async def test_a_client_is_held_as_long_as_one_of_its_connections_is(sent: list[float]) -> None:
    connections = [Connection("host", port) for port in (1, 2)]
    client: Any = SimpleNamespace(_conns=dict(enumerate(connections)))
    assert held_until(client) == 0
    await connections[1].send(answer(0, 2_500))
    assert held_until(client) == pytest.approx(sent[0] + 2.5, abs=0.5)


@pytest.mark.parametrize(
    "error, named",
    [(InvalidTimestampError, ClockRefused), (TopicAuthorizationFailedError, NotAllowed)],
)
async def test_what_is_refused_for_good_is_told_by_its_name_and_the_rest_is_done(
    error: type[BrokerResponseError], named: type[LaneError]
) -> None:
    sender = SimpleNamespace(client=None, _retry_backoff=0.1)
    first, second = Batch(), Batch()
    batches = {PLACE: first, OTHER: second}
    Produced(sender, batches).handle_response(answer(error.errno, 0))
    assert isinstance(first.ended, named)
    assert PLACE.topic in str(first.ended)
    assert second.ended == 7
