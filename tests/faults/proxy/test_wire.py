"""What passes through the proxy comes out as it went in, and what it cannot look into it does not let by."""

from __future__ import annotations

import asyncio
import os
import secrets
import struct
from collections.abc import AsyncIterator

import pytest
from aiokafka.protocol.group import JoinGroupRequest_v5, SyncGroupRequest_v3
from aiokafka.protocol.produce import ProduceRequest_v7
from aiokafka.protocol.transaction import (
    AddPartitionsToTxnRequest_v0,
    EndTxnRequest_v0,
    InitProducerIdRequest_v0,
)

from tests.faults.proxy import Api, Proxy
from tests.faults.proxy.wire import NotUnderstood, Request, error_of, request_of
from worker.ops.local_broker.readiness import free_ports

ANSWER_BYTES = 200_000
HEARTBEAT_V3 = struct.pack(">hhih4s", Api.HEARTBEAT, 3, 7, 4, b"test") + b"\x00\x01g"
PRODUCE_V9 = struct.pack(">hhih4s", Api.PRODUCE, 9, 7, 4, b"test")


def framed(body: bytes) -> bytes:
    return struct.pack(">i", len(body)) + body


def sent(request: object, number: int = 5) -> bytes:
    """Returns a request as aiokafka writes it."""
    header = request.build_request_header(number, "test")  # type: ignore[attr-defined]
    return framed(header.encode() + request.encode())  # type: ignore[attr-defined]


class Echo:
    """A broker that remembers what it got, and answers each request with its number and bytes of its own."""

    def __init__(self) -> None:
        self.got = b""
        self.said = b""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while size := await reader.read(4):
            frame = await reader.readexactly(*struct.unpack(">i", size))
            answer = framed(frame[4:8] + secrets.token_bytes(ANSWER_BYTES))
            self.got += size + frame
            self.said += answer
            writer.write(answer)
        writer.close()


@pytest.fixture
def ports() -> list[int]:
    return free_ports(2, seed=os.getpid() + 50)


@pytest.fixture
async def echo(ports: list[int]) -> AsyncIterator[Echo]:
    echo = Echo()
    async with await asyncio.start_server(echo.answer, "127.0.0.1", ports[1]):
        yield echo


async def test_with_no_rule_everything_passes_byte_for_byte(ports: list[int], echo: Echo) -> None:
    requests = [
        framed(struct.pack(">hhih", 1000, 3, number, 0) + secrets.token_bytes(number * 7_000))
        for number in range(20)
    ]
    async with Proxy({ports[0]: ports[1]}) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", ports[0])
        writer.write(b"".join(requests))
        heard = await reader.readexactly(len(requests) * (4 + 4 + ANSWER_BYTES))
        writer.close()
        assert echo.got == b"".join(requests)
        assert heard == echo.said
        assert sum(proxy.passed.values()) == len(requests)


async def test_a_version_that_rules_would_be_blind_for_is_an_error(
    ports: list[int], echo: Echo
) -> None:
    proxy = await Proxy({ports[0]: ports[1]}).__aenter__()
    reader, writer = await asyncio.open_connection("127.0.0.1", ports[0])
    writer.write(framed(PRODUCE_V9))
    with pytest.raises(ConnectionResetError):
        await reader.readexactly(4)
    writer.close()
    assert echo.got == b""
    with pytest.raises(NotUnderstood, match="PRODUCE in version 9"):
        await proxy.__aexit__(None, None, None)


REQUESTS = {
    "a Produce": (
        ProduceRequest_v7(
            "w-0-a", -1, 100, [("log", [(0, b"xyz"), (1, b"")]), ("out", [(0, b"z")])]
        ),
        Request(Api.PRODUCE, 7, 5, "test", "w-0-a", ("log", "out")),
    ),
    "a Produce without an id": (
        ProduceRequest_v7(None, -1, 100, [("log", [(0, b"xyz")])]),
        Request(Api.PRODUCE, 7, 5, "test", "", ("log",)),
    ),
    "an InitProducerId": (
        InitProducerIdRequest_v0("w-0-a", 100),
        Request(Api.INIT_PRODUCER_ID, 0, 5, "test", "w-0-a"),
    ),
    "an AddPartitionsToTxn": (
        AddPartitionsToTxnRequest_v0("w-0-a", 9, 1, [("log", [0, 1]), ("out", [2])]),
        Request(Api.ADD_PARTITIONS_TO_TXN, 0, 5, "test", "w-0-a", ("log", "out")),
    ),
    "an EndTxn": (
        EndTxnRequest_v0("w-0-a", 9, 1, True),
        Request(Api.END_TXN, 0, 5, "test", "w-0-a"),
    ),
    "a JoinGroup": (
        JoinGroupRequest_v5("g", 1, 2, "member", "pod", "consumer", [("sticky", b"xy")]),
        Request(Api.JOIN_GROUP, 5, 5, "test", "g", (), "pod"),
    ),
    "a SyncGroup": (
        SyncGroupRequest_v3("g", 4, "member", "pod", []),
        Request(Api.SYNC_GROUP, 3, 5, "test", "g", (), "pod"),
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_says_whose_it_is_and_what_it_names(name: str) -> None:
    request, expected = REQUESTS[name]
    assert request_of(sent(request)) == expected


def test_a_heartbeat_names_its_group() -> None:
    assert request_of(framed(HEARTBEAT_V3)).who == "g"


@pytest.mark.parametrize("error", [0, 51])
def test_the_error_of_an_answer_is_found(error: int) -> None:
    throttled = struct.pack(">iiih", 0, 5, 0, error)
    assert error_of(Request(Api.END_TXN, 0, 5, "", ""), throttled) == error
    topic = struct.pack(">h3si", 3, b"out", 2)
    added = struct.pack(">iiii", 0, 5, 0, 1) + topic + struct.pack(">ihih", 0, 0, 1, error)
    assert error_of(Request(Api.ADD_PARTITIONS_TO_TXN, 0, 5, "", ""), added) == error
    places = [struct.pack(">ihqqq", number, code, 1, 2, 3) for number, code in ((0, 0), (1, error))]
    produced = struct.pack(">iii", 0, 5, 1) + topic + b"".join(places)
    assert error_of(Request(Api.PRODUCE, 7, 5, "", ""), produced) == error
