"""What is seen of workers while they have too much to do: how far behind they are, and how large."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

from tests.faults.proof.campaign import Campaign
from worker.stream.connection import BrokerTrouble
from worker.stream.lag import lag_reader

LOOK_SECONDS = 1.0


class Look(NamedTuple):
    """Messages not yet done with by all groups together, age of the oldest (seconds), and the largest process."""

    behind: int
    seconds: float
    resident_mb: int


async def look(campaign: Campaign) -> Look:
    """Looks once."""
    async with lag_reader(campaign.settings) as reader:
        lags = await reader.read()
    hands = [hand for post in campaign.posts for hand in post.hands]
    return Look(
        sum(lag.messages for lag in lags),
        round(max(lag.seconds for lag in lags), 1),
        max((hand.resident_mb() for hand in hands), default=0),
    )


@asynccontextmanager
async def watched(campaign: Campaign) -> AsyncIterator[Sequence[Look]]:
    """Yields what is seen once a second until the block is left; a broker that is busy is asked again."""
    looks: list[Look] = []

    async def watch() -> None:
        while True:
            with suppress(BrokerTrouble):
                looks.append(await look(campaign))
            await asyncio.sleep(LOOK_SECONDS)

    watching = asyncio.create_task(watch())
    try:
        yield looks
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def healed(campaign: Campaign, since: float) -> float:
    """Ends live traffic, and returns how long after `since` (monotonic seconds) nothing was left to do."""
    await campaign.heal()
    return time.monotonic() - since


def failures(campaign: Campaign, counts: Callable[[bytes], bool]) -> int:
    """Returns how often lanes have failed in the workers that are there, by the lines of their logs that count."""
    logs = [hand.log.read_bytes() for post in campaign.posts for hand in post.hands]
    return sum(counts(line) for log in logs for line in log.splitlines())


def is_failure(line: bytes) -> bool:
    """Tells whether a line of a log says that a lane has thrown its writers away."""
    return b'"event": "lane failed"' in line
