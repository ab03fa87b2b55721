"""Where partitions end, as far as anybody knows: one without a leader keeps nobody from asking about the others."""

from __future__ import annotations

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
