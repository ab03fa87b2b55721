"""Whether inputs still hold what a lane is to read next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping

from worker.lane.errors import InputRecreated, InputTruncated, LaneError
from worker.lane.guard import check_kept, check_position
from worker.lane.log import Log
from worker.lane.processor import TopicPartition

ELECTED_SECONDS = 2.0
"""A broker that has just become a leader may name an end that lies before the true one, for a moment."""


async def unlike(
    log: Log, positions: Mapping[TopicPartition, int], *, holds_all: bool
) -> AsyncIterator[LaneError]:
    """Yields what a lane would end with at these positions; `holds_all` where nothing may be missing before them."""
    if not positions:
        return
    if holds_all:
        for place, begin in (await log.beginnings(list(positions))).items():
            try:
                check_kept(place, positions[place], begin)
            except InputTruncated as error:
                yield error
    ends = await log.ends(list(positions))
    beyond = [place for place, position in positions.items() if position > ends[place]]
    if not beyond:
        return
    await asyncio.sleep(ELECTED_SECONDS)
    for place, end in (await log.ends(beyond)).items():
        try:
            check_position(place, positions[place], end)
        except InputRecreated as error:
            yield error
