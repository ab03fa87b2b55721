"""Produces what no careful client would: records whose header names are any bytes."""

from __future__ import annotations

import time

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

_CRC, _CHECKED = slice(17, 21), slice(21, None)
"""Where a batch has its checksum, and the bytes it is of."""
_PLACEHOLDER = b"\x01"
_REQUEST_MS = 10_000


def batch_of(key: bytes, value: bytes, names: list[bytes]) -> bytes:
    """Returns a batch of one record with a header of each name, written as if the name were text."""
    builder = DefaultRecordBatchBuilder(2, 0, False, -1, -1, 0, 1 << 20)
    told = [((_PLACEHOLDER * len(name)).decode(), name) for name in names]
    builder.append(0, int(time.time() * 1000), key, value, told)
    raw = bytes(builder.build())
    for name in names:
        raw = raw.replace(_PLACEHOLDER * len(name), name, 1)
    return checked(raw)


def checked(batch: bytes) -> bytes:
    """Returns a batch with the checksum of what it holds."""
    checksum: bytes = calc_crc32c(batch[_CHECKED]).to_bytes(4, "big")
    return batch[: _CRC.start] + checksum + batch[_CHECKED]


async def produce_raw(bootstrap: str, place: TopicPartition, batch: bytes) -> None:
    """Sends a batch as it is."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        await producer.partitions_for(place.topic)
        node = producer.client.cluster.leader_for_partition(place)
        topics = [(place.topic, [(place.partition, batch)])]
        answer = await producer.client.send(node, ProduceRequest(None, -1, _REQUEST_MS, topics))
    (_, ((_, error, *_),)) = answer.topics[0]
    assert error == 0
