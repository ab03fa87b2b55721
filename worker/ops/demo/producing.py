"""Puts sample traffic onto the input topics: history as fast as it goes, live traffic at its own time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from worker.lane.clock import wall_ms
from worker.ops.traffic import Produced
from worker.stream.settings import Settings
from worker.stream.writer import producer, send

IN_FLIGHT = 2_000
"""Sends that may wait for their acknowledgement: bounds memory, keeps the producer's batches full."""


async def produce_history(
    settings: Settings, records: Iterable[Produced], produced: Callable[[int], None]
) -> None:
    """Send everything in order, and tell how many more were acknowledged."""
    async with producer(settings) as client:
        waiting = []
        for record in records:
            waiting.append(await send(client, record))
            if len(waiting) == IN_FLIGHT:
                await asyncio.gather(*waiting)
                produced(len(waiting))
                waiting = []
        await asyncio.gather(*waiting)
        produced(len(waiting))


async def produce_live(
    settings: Settings, records: Iterable[Produced], produced: Callable[[int], None]
) -> None:
    """Send each record when its time has come."""
    async with producer(settings) as client:
        waiting = []
        for record in records:
            early_ms = record.timestamp_ms - wall_ms()
            if early_ms > 0:
                await asyncio.sleep(early_ms / 1000)
            waiting.append(await send(client, record))
            produced(1)
        await asyncio.gather(*waiting)
