"""Kafka keeps the promises that a lane relies on, and that the log in memory models."""

from __future__ import annotations

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.stream.conformance import CASES
from tests.stream.rig import Rig
from worker.lane.kafka.log import KafkaLog
from worker.lane.limits import Limits
from worker.lane.processor import TopicPartition

pytestmark = pytest.mark.kafka


@pytest.mark.parametrize("name", CASES)
async def test_kafka(name: str, kafka: str, application_id: str) -> None:
    spine, changelog = f"{application_id}.spine", f"{application_id}.changelog"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    compacted = {"cleanup.policy": "compact"}
    await admin.create_topics(
        [NewTopic(spine, 1, 1), NewTopic(changelog, 1, 1, topic_configs=compacted)]
    )
    await admin.close()
    log = KafkaLog({"bootstrap_servers": kafka}, Limits())
    rig = Rig(
        log=log,
        spine=TopicPartition(spine, 0),
        changelog=TopicPartition(changelog, 0),
        name=application_id,
        reader=lambda place, policy, name: log.source(
            f"{application_id}.reader", [place.topic], name or None, policy
        ),
    )
    await CASES[name](rig)
    await log.close()
