"""The ruler: what one hop costs by hand, with aiokafka and nothing else.

Reads events of one topic, decodes them, keeps 200 bytes of state for each key, and writes in transactions of 500
events, with one transactional id: a changelog record for each event, an outcome for each tenth, the offsets.

    python benchmarks/ruler.py BOOTSTRAP GROUP EVENTS
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

INPUT, CHANGELOG, OUTCOMES = "ruler.input", "ruler.changelog", "ruler.outcomes"
TRANSACTION_EVENTS = 500
OUTCOME_EVERY = 10
STATE_BYTES = 200


async def main(bootstrap: str, group: str, events: int) -> None:
    consumer = AIOKafkaConsumer(
        INPUT,
        bootstrap_servers=bootstrap,
        group_id=group,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        transactional_id=group,
        acks="all",
        max_batch_size=1 << 20,
    )
    await consumer.start()
    await producer.start()
    table: dict[bytes, bytes] = {}
    done = 0
    while done < events:
        polled = await consumer.getmany(timeout_ms=200, max_records=TRANSACTION_EVENTS)
        if polled:
            done += await one_transaction(producer, group, table, polled)
    await producer.stop()
    await consumer.stop()


async def one_transaction(producer: Any, group: str, table: dict[bytes, bytes], polled: Any) -> int:
    await producer.begin_transaction()
    acknowledged, offsets, done = [], {}, 0
    for place, records in polled.items():
        states, outcomes = [], []
        for record in records:
            state = folded(table.get(record.key), orjson.loads(record.value))
            table[record.key] = state
            states.append((record.key, state))
            if record.offset % OUTCOME_EVERY == 0:
                outcomes.append((record.key, record.value))
        acknowledged += await written(producer, CHANGELOG, place.partition, states)
        acknowledged += await written(producer, OUTCOMES, place.partition, outcomes)
        offsets[TopicPartition(place.topic, place.partition)] = records[-1].offset + 1
        done += len(records)
    await asyncio.gather(*acknowledged)
    await producer.send_offsets_to_transaction(offsets, group)
    await producer.commit_transaction()
    return done


def folded(before: bytes | None, event: dict[str, Any]) -> bytes:
    fresh = {"count": 0, "padding": "." * (STATE_BYTES - 70)}
    state: dict[str, Any] = orjson.loads(before) if before else fresh
    state["count"] += 1
    state["last"] = event.get("event_id", "")
    return orjson.dumps(state)


async def written(producer: Any, topic: str, partition: int, pairs: list[Any]) -> list[Any]:
    batch, futures = producer.create_batch(), []
    for key, value in pairs:
        if batch.append(key=key, value=value, timestamp=None) is None:
            batch.close()
            futures.append(await producer.send_batch(batch, topic, partition=partition))
            batch = producer.create_batch()
            batch.append(key=key, value=value, timestamp=None)
    if pairs:
        batch.close()
        futures.append(await producer.send_batch(batch, topic, partition=partition))
    return futures


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
