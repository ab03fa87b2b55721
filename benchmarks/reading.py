"""What it costs to walk through a fetch, by the size of its batches: as the worker does, and as the client library.

python -m benchmarks.reading --records 20000
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from time import process_time
from types import SimpleNamespace
from typing import Any, NamedTuple

import aiokafka
import orjson
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from worker.lane.kafka.consumer import kafka_consumer

PLACE = aiokafka.TopicPartition("leads.activity.v1", 0)
SIZES = (1, 2, 5, 40, 500)
VALUE_BYTES = 400
CHECKED = True
"""By checksum, as consumers do."""
ROUNDS = 9


class Walk(NamedTuple):
    """The classes by which the client library walks through a fetch."""

    batches: Callable[[bytes], Any]
    records: Callable[..., Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    asked = parser.parse_args()
    walks = {"library_us": in_force()}
    asyncio.run(installed())
    walks["worker_us"] = in_force()
    for size in SIZES:
        raw = fetched(size, asked.records)
        least = dict.fromkeys(walks, float("inf"))
        for _ in range(ROUNDS):
            for name, walk in walks.items():
                least[name] = min(least[name], cost(walk, raw))
        print(
            orjson.dumps({"batch": size, **{n: round(us, 2) for n, us in least.items()}}).decode()
        )


def in_force() -> Walk:
    return Walk(fetcher.MemoryRecords, fetcher.PartitionRecords)


async def installed() -> None:
    """Makes a consumer, and with it the worker's walk the one in force."""
    await kafka_consumer().stop()


def fetched(size: int, records: int) -> bytes:
    """Returns a fetch of so many records, so many a batch, of a transaction that was committed."""
    batches = []
    for first in range(0, records, size):
        builder = DefaultRecordBatchBuilder(2, 0, 1, 7, 0, 0, 1 << 22)
        for number in range(size):
            builder.append(number, 1000, b"lead-%d" % (first + number), bytes(VALUE_BYTES), [])
        batches.append(first.to_bytes(8, "big") + bytes(builder.build())[8:])
    return b"".join(batches)


def cost(walk: Walk, raw: bytes) -> float:
    """CPU time to take all that was fetched at once, in microseconds a record."""
    records = walk.records(
        PLACE, walk.batches(raw), [], 0, None, None, CHECKED, fetcher.READ_COMMITTED
    )
    at: Any = SimpleNamespace(paused=False, position=0, consumed_to=lambda _position: None)
    assignment: Any = SimpleNamespace(active=True, state_value=lambda _place: at)
    result = fetcher.FetchResult(PLACE, assignment=assignment, partition_records=records, backoff=0)
    began = process_time()
    taken = len(result.getall())
    return (process_time() - began) / taken * 1e6


if __name__ == "__main__":
    main()
