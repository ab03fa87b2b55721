"""The Kafka of the demo and the tests, started with Docker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from worker.ops.local_broker import OwnBroker, own_broker
from worker.ops.local_broker.readiness import is_ready

TOPIC = "there"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def broker(said: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnBroker]:
    monkeypatch.setenv("LEAD_ROUTER_BROKER", "docker")
    with own_broker(said.append) as broker:
        yield broker


async def create_topic(broker: OwnBroker) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, num_partitions=1, replication_factor=1)])
    await admin.close()


async def commit(broker: OwnBroker, value: bytes) -> None:
    """Writes a record in a transaction of its own."""
    async with (
        AIOKafkaProducer(bootstrap_servers=broker.bootstrap, transactional_id="one") as producer,
        producer.transaction(),
    ):
        await producer.send_and_wait(TOPIC, value)


async def committed(broker: OwnBroker, count: int) -> list[bytes]:
    """Returns the first values of the topic that a read_committed reader sees."""
    async with AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=broker.bootstrap,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    ) as consumer:
        return [(await consumer.getone()).value for _ in range(count)]


async def test_a_broker_in_a_container_takes_and_gives(broker: OwnBroker, said: list[str]) -> None:
    assert said[-1] == f"Kafka: {broker.bootstrap}, apache/kafka:4.1.1 started with Docker"
    await create_topic(broker)
    await commit(broker, b"and back")
    assert await committed(broker, 1) == [b"and back"]


async def test_a_killed_broker_comes_back_where_it_was_with_what_it_held(broker: OwnBroker) -> None:
    host, port = broker.bootstrap.split(":")
    await create_topic(broker)
    await commit(broker, b"before")

    broker.kill()
    assert not is_ready(host, int(port))
    broker.restart()

    await commit(broker, b"after")
    assert await committed(broker, 2) == [b"before", b"after"]
