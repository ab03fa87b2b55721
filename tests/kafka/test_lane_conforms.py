"""Kafka keeps the promises that a lane relies on, and that the log in memory models."""

from __future__ import annotations

import asyncio
from functools import partial

import aiokafka
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete

from tests.stream.conformance import CASES
from tests.stream.rig import Rig, records
from worker.lane.clock import wall_ms
from worker.lane.kafka.log import KafkaLog
from worker.lane.limits import Limits
from worker.lane.processor import TopicPartition

pytestmark = pytest.mark.kafka

SEGMENT_MS = 1_000
COMPACTED_SOON = {
    "cleanup.policy": "compact",
    "segment.ms": str(SEGMENT_MS),
    "min.cleanable.dirty.ratio": "0.01",
}
PATIENCE_SECONDS = 60


async def deleted_before(kafka: str, place: TopicPartition, offset: int) -> None:
    client = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await client.start()
    await client.delete_records({aiokafka.TopicPartition(*place): RecordsToDelete(offset)})
    await client.close()


@pytest.mark.parametrize("name", CASES)
async def test_kafka(name: str, kafka: str, application_id: str) -> None:
    spine, changelog = f"{application_id}.spine", f"{application_id}.changelog"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics(
        [NewTopic(spine, 1, 1), NewTopic(changelog, 1, 1, topic_configs=COMPACTED_SOON)]
    )
    await admin.close()
    log = KafkaLog({"bootstrap_servers": kafka}, Limits())
    place = TopicPartition(changelog, 0)

    async def compact() -> None:
        """Begins another segment, by a time far enough from the markers', and waits until those before are cleaned."""
        before = (await log.read_all(place, lambda _: None)).records
        writer = await log.open_writer(None)
        later = records("of the next segment")
        await asyncio.gather(*await writer.send(place, later, wall_ms() + 2 * SEGMENT_MS))
        await writer.close()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await log.read_all(place, lambda _: None)).records > before:
                await asyncio.sleep(0.2)

    rig = Rig(
        log=log,
        spine=TopicPartition(spine, 0),
        changelog=place,
        name=application_id,
        reader=lambda place, policy, name: log.source(
            f"{application_id}.reader", [place.topic], name or None, policy
        ),
        reader_of_all=lambda place: log.source(
            f"{application_id}.all", [place.topic], reads_all=True
        ),
        follower=lambda place: log.follower([place.topic]),
        delete_before=partial(deleted_before, kafka),
        compact=compact,
    )
    await CASES[name](rig)
    await log.close()
