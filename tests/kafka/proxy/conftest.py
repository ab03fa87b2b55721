"""A broker, the proxy before it, and a client on each side of the proxy."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from tests.faults.brokers import Brokers
from tests.faults.proxy import Proxy
from tests.kafka.proxy.epochs import Client
from worker.ops.local_broker import Say


@pytest.fixture(scope="package")
def brokers(java: None, say: Say) -> Iterator[Brokers]:
    with Brokers(1, say) as brokers:
        yield brokers


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return tmp_path / "seen.jsonl"


@pytest.fixture
async def proxy(brokers: Brokers, notes: Path) -> AsyncIterator[Proxy]:
    async with Proxy(brokers.lines[0], notes) as proxy:
        yield proxy


@pytest.fixture
async def through(brokers: Brokers, proxy: Proxy) -> AsyncIterator[Client]:
    """Gives a client of the proxy."""
    client = Client(*brokers.lines[0])
    yield client
    client.close()


@pytest.fixture
async def past(brokers: Brokers, application_id: str) -> AsyncIterator[Client]:
    """Gives a client that goes to the broker directly, once the coordinator is there: the test's own epoch is 0."""
    async with AIOKafkaProducer(
        bootstrap_servers=brokers.direct, transactional_id=f"{application_id}-first"
    ):
        pass
    client = Client(int(brokers.direct.split(":")[1]))
    assert await client.epoch(application_id) == 0
    yield client
    client.close()
