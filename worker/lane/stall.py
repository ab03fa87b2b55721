"""Notices a way to the broker that broke silently: records are there, and a lane that could take them gets none."""

from __future__ import annotations

from collections.abc import Mapping

from worker.lane.log import Log
from worker.lane.processor import TopicPartition


class FetchStalled(Exception):
    """A partition holds records that have not come for a whole interval."""


class StallWatch:
    """Compares, at long intervals, where lanes stand with where their inputs end."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._behind: dict[TopicPartition, int] = {}

    async def look(self, positions: Mapping[TopicPartition, int]) -> None:
        """Raises `FetchStalled` if a position that was behind at the last look has not moved since."""
        stalled = [
            place for place, position in self._behind.items() if positions.get(place) == position
        ]
        self._behind = {}
        if stalled:
            raise FetchStalled(f"{stalled[0].topic} partition {stalled[0].partition}")
        ends = await self._log.ends(list(positions))
        self._behind = {
            place: position for place, position in positions.items() if position < ends[place]
        }
