"""The broker of these tests is a real one: transactions commit, abort and hide what is open."""

from __future__ import annotations

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from worker.ops.local_broker import OwnBroker


async def created(kafka: str, topic: str) -> TopicPartition:
    """Returns the only partition of a new topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    await admin.close()
    return TopicPartition(topic, 0)


async def committed_values(kafka: str, partition: TopicPartition) -> list[bytes]:
    """Returns what a read_committed reader sees up to the last stable offset."""
    async with AIOKafkaConsumer(
        bootstrap_servers=kafka, isolation_level="read_committed", auto_offset_reset="earliest"
    ) as consumer:
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        values: list[bytes] = []
        while await consumer.position(partition) < end:
            batches = await consumer.getmany(partition, timeout_ms=1000)
            values += [record.value for record in batches.get(partition, [])]
        return values


async def test_a_committed_transaction_is_seen_and_an_aborted_one_is_not(
    kafka: str, application_id: str, topic: str
) -> None:
    partition = await created(kafka, topic)
    async with AIOKafkaProducer(
        bootstrap_servers=kafka, transactional_id=application_id
    ) as producer:
        async with producer.transaction():
            await producer.send_and_wait(topic, b"kept", partition=0)
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"dropped", partition=0)
        await producer.abort_transaction()
        async with producer.transaction():
            await producer.send_and_wait(topic, b"kept too", partition=0)

    assert await committed_values(kafka, partition) == [b"kept", b"kept too"]


async def test_what_was_committed_survives_a_kill_of_the_broker(
    broker_to_kill: OwnBroker, application_id: str, topic: str
) -> None:
    kafka = broker_to_kill.bootstrap
    partition = await created(kafka, topic)
    async with (
        AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=application_id) as producer,
        producer.transaction(),
    ):
        await producer.send_and_wait(topic, b"kept", partition=0)

    broker_to_kill.kill()
    broker_to_kill.restart()

    # A commit is acknowledged before its markers are written; only the successor's start waits for those.
    async with AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=application_id):
        pass
    assert await committed_values(kafka, partition) == [b"kept"]
