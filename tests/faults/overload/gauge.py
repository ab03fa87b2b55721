"""What is seen of workers that have too much to do: how far behind they are, how large, and whether lanes failed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from aiokafka.errors import KafkaError

from tests.faults.proof.campaign import Campaign
from tests.faults.proof.noticed import stamped_ms
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
async def watched(looking: Callable[[], Awaitable[Look]]) -> AsyncIterator[Sequence[Look]]:
    """Yields what is seen once a second until the block is left; raises then whatever ended the looking before.

    A broker that is busy is asked again.
    """
    looks: list[Look] = []

    async def watch() -> None:
        while True:
            with suppress(BrokerTrouble, KafkaError):
                looks.append(await looking())
            await asyncio.sleep(LOOK_SECONDS)

    watching = asyncio.create_task(watch())
    try:
        yield looks
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


def failures(folder: Path, since_ms: int) -> int:
    """Returns how often lanes have failed since then (UTC ms), by the logs of all workers, the dead among them."""
    lines = (line for log in folder.glob("*.log") for line in log.read_bytes().splitlines())
    return sum(failed_ms(line) >= since_ms for line in lines)


def failed_ms(line: bytes) -> int:
    """Returns when a lane threw its writers away (UTC ms), as a line of a log says; -1 if it says other things."""
    if b'"event": "lane failed"' not in line:
        return -1
    return stamped_ms(line)
