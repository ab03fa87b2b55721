"""Which node of a cluster does what: leads a partition, coordinates a group or a transaction, leads the controllers."""

from __future__ import annotations

import asyncio
import struct
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.coordination import FindCoordinatorRequest

from worker.ops.local_broker.java import HOST
from worker.stream.admin import admin
from worker.stream.settings import Settings

GROUP, TRANSACTION = 0, 1

_TOPIC = b"__cluster_metadata"
_WHICH_PARTITION = struct.pack(">bb18sbibbb", 2, len(_TOPIC) + 1, _TOPIC, 2, 0, 0, 0, 0)
"""One topic, one partition, each with no tags behind it: lists and names of this format say their length plus one."""
DESCRIBE_QUORUM = struct.pack(">hhihb", 55, 0, 1, -1, 0) + _WHICH_PARTITION
_ANSWER = struct.Struct(f">iibhbb{len(_TOPIC)}sbihi")


async def controller(port: int) -> int:
    """Returns the node that leads the controllers, asked of the node at this port."""
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(struct.pack(">i", len(DESCRIBE_QUORUM)) + DESCRIBE_QUORUM)
    answer = _ANSWER.unpack(await reader.readexactly(_ANSWER.size))
    writer.close()
    node: int = answer[-1]
    return node


async def leader(settings: Settings, topic: str, partition: int) -> int:
    """Returns the node that leads a partition."""
    (found,) = [
        one for one in await _partitions(settings, [topic]) if one["partition"] == partition
    ]
    node: int = found["leader"]
    return node


async def coordinator(settings: Settings, name: str, kind: int) -> int:
    """Returns the node that coordinates a group, or the transactions of an id."""
    client = AIOKafkaClient(bootstrap_servers=settings.bootstrap)
    try:
        await client.bootstrap()
        node = client.get_random_node()
        answer = await client.send(node, FindCoordinatorRequest(name, kind))
    finally:
        await client.close()
    found: int = answer.coordinator_id
    return found


async def in_sync(settings: Settings, topics: list[str], copies: int) -> bool:
    """Returns whether every partition of these topics has as many copies, and all of them in sync."""
    found = await _partitions(settings, topics)
    return all(len(one["isr"]) == copies for one in found)


async def _partitions(settings: Settings, topics: list[str]) -> list[dict[str, Any]]:
    async with admin(settings) as client:
        described = await client.describe_topics(topics)
    return [partition for topic in described for partition in topic["partitions"]]
