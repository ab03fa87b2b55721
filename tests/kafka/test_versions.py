"""Members of two versions, of which the newer reads one more topic, share a group of a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.stream.conformance_reading import Owner
from worker.lane.kafka.log import KafkaLog
from worker.lane.limits import Limits
from worker.lane.processor import TopicPartition


async def dealt(owners: Collection[Owner], counts: list[int]) -> None:
    async with asyncio.timeout(30):
        while [len(one.places) for one in owners] != counts:
            await asyncio.sleep(0.05)


async def test_each_member_is_dealt_what_it_reads(kafka: str, application_id: str) -> None:
    both, latest = f"{application_id}.both", f"{application_id}.latest"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(both, 2, 1), NewTopic(latest, 2, 1)])
    await admin.close()
    log, owners = KafkaLog({"bootstrap_servers": kafka}, Limits()), (Owner(), Owner())
    older, newer = (
        log.source(f"{application_id}.reader", topics) for topics in ([both], [both, latest])
    )
    await older.start(owners[0])
    await newer.start(owners[1])
    await dealt(owners, [1, 2])
    (left,), right = owners[0].places, sorted(owners[1].places)
    assert left == TopicPartition(both, 1 - right[0].partition)
    assert right == [TopicPartition(topic, right[0].partition) for topic in (both, latest)]
    await older.stop()
    await dealt(owners[1:], [4])
    await newer.stop()
