"""When outcomes reach a consumer downstream: the far end of the latency that the demo tells."""

from __future__ import annotations

from collections.abc import MutableMapping

from topics.catalogue import OUTCOMES
from worker.lane.clock import wall_ms
from worker.lane.processor import TopicPartition
from worker.ops.demo.summary import Place
from worker.stream.admin import topics_found
from worker.stream.reader import consumer
from worker.stream.settings import Settings

POLL_MS = 50


async def note_arrivals(settings: Settings, arrivals: MutableMapping[Place, int]) -> None:
    """Note for each outcome published from now on when it arrives (UTC ms), until cancelled."""
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
