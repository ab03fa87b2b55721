"""The Kafka of the demo and the tests, started with Docker."""

from __future__ import annotations

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from worker.ops.local_broker import own_broker


async def test_a_broker_in_a_container_takes_and_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAD_ROUTER_BROKER", "docker")
    said: list[str] = []
    with own_broker(said.append) as broker:
        assert said[-1] == f"Kafka: {broker.bootstrap}, apache/kafka:4.1.1 started with Docker"
        admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic("there", num_partitions=1, replication_factor=1)])
        await admin.close()
        async with (
            AIOKafkaProducer(
                bootstrap_servers=broker.bootstrap, transactional_id="one"
            ) as producer,
            producer.transaction(),
        ):
            await producer.send_and_wait("there", b"and back")
        async with AIOKafkaConsumer(
            "there",
            bootstrap_servers=broker.bootstrap,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
        ) as consumer:
            assert (await consumer.getone()).value == b"and back"
