"""When outcomes reach a consumer downstream: the far end of the latency that the demo tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from topics.catalogue import OUTCOMES
from worker.lane.clock import wall_ms
from worker.lane.processor import TopicPartition
from worker.ops.demo.summary import Place
from worker.stream.admin import topics_found
from worker.stream.reader import consumer
from worker.stream.settings import Settings

POLL_MS = 50


@asynccontextmanager
async def noted_arrivals(settings: Settings) -> AsyncIterator[dict[Place, int]]:
    """Yield what fills, meanwhile, with the time (UTC ms) at which each new outcome arrives."""
    arrivals: dict[Place, int] = {}
    noting = asyncio.create_task(_note(settings, arrivals))
    try:
        yield arrivals
    finally:
        noting.cancel()
        with suppress(asyncio.CancelledError):
            await noting


async def _note(settings: Settings, arrivals: dict[Place, int]) -> None:
    found = await topics_found(settings, OUTCOMES)
    places = [
        TopicPartition(topic, partition)
        for topic, details in found.items()
        for partition in range(details.partitions)
    ]
    async with consumer(settings) as client:
        client.assign(places)
        for place, end in (await client.end_offsets(places)).items():
            client.seek(place, end)
        while True:
            arrived = await client.getmany(timeout_ms=POLL_MS)
            now = wall_ms()
            for place, records in arrived.items():
                for record in records:
                    arrivals[place.topic, place.partition, record.offset] = now
