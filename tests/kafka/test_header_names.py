"""A header name that is no UTF-8 stops nobody: the client library cannot read such a record, the worker does."""

from __future__ import annotations

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.kafka.raw import batch_of, produce_raw
from tests.stream.conformance_reading import Owner, positions_reached
from worker.lane import processor
from worker.lane.kafka.log import KafkaLog
from worker.lane.limits import Limits

pytestmark = pytest.mark.kafka


async def test_a_source_reads_on_past_header_names_that_are_no_text(
    kafka: str, topic: str, application_id: str
) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 2, 1)])
    await admin.close()
    odd, even = TopicPartition(topic, 1), TopicPartition(topic, 0)
    async with AIOKafkaProducer(
        bootstrap_servers=kafka, transactional_id=application_id, compression_type="gzip"
    ) as producer:
        for aborted in (True, False):
            await producer.begin_transaction()
            await producer.send_and_wait(topic, b"aborted" if aborted else b"one", partition=1)
            await (producer.abort_transaction() if aborted else producer.commit_transaction())
        await produce_raw(kafka, odd, batch_of(b"k", b"two", [b"\xff\xfe", "gr\u00fcn".encode()]))
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"three", partition=1)
        await producer.send_and_wait(topic, b"elsewhere", partition=0)
        await producer.commit_transaction()
    log = KafkaLog({"bootstrap_servers": kafka}, Limits())
    source = log.source(f"{application_id}.reader", [topic])
    await source.start(Owner())
    place, other = processor.TopicPartition(*odd), processor.TopicPartition(*even)
    source.seek({place: 0, other: 0})

    read = await positions_reached(source, place, 7)
    read += await positions_reached(source, other, 2)
    records = [record for chunk in read for record in chunk.records]
    told = {record.value: record.headers for record in records}
    assert [r.value for r in records if r.partition == 1] == [b"one", b"two", b"three"]
    assert told[b"two"] == (("\\xff\\xfe", b"\xff\xfe"), ("gr\u00fcn", "gr\u00fcn".encode()))
    assert b"elsewhere" in told
    await source.stop()
    await log.close()
