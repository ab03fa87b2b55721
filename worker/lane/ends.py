"""Where partitions end, as far as anybody knows: one without a leader keeps nobody from asking about the others."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from worker.lane.log import Log
from worker.lane.processor import TopicPartition


async def known_ends(log: Log, places: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
    """Returns the read_committed end of each partition but those that have no leader."""
    try:
        return await log.ends(places)
    except Exception:
        leaderless = await log.leaderless({place.topic for place in places})
        led = [place for place in places if place not in leaderless]
        if len(led) == len(places):
            raise
        return await log.ends(led) if led else {}


async def settled_ends(
    log: Log,
    places: Sequence[TopicPartition],
    read_up_to: Mapping[TopicPartition, int],
    again_seconds: float,
) -> Mapping[TopicPartition, int]:
    """Returns the same; where one lies before the place up to which it was read, as asked for once more, later.

    A broker that was cut off for a while leads what it led until it hears that it does not, and answers as of then.
    """
    ends = await known_ends(log, places)
    if any(end < read_up_to.get(place, 0) for place, end in ends.items()):
        await asyncio.sleep(again_seconds)
        ends = await known_ends(log, places)
    return ends
