"""What is seen of workers that have too much to do: how far behind they are, how large, and when they are through."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from aiokafka.errors import KafkaError

from tests.faults.proof.campaign import SETTLE_SECONDS, Campaign
from tests.faults.proof.noticed import stamped_ms
from worker.stream.connection import BrokerTrouble
from worker.stream.lag import Lag, lag_reader

LOOK_SECONDS = 1.0
PASSES = 4
"""What is read leads to more to read: inputs to the spine, that to the account-log, that to the spine again."""


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


async def healed(campaign: Campaign, since: float) -> float:
    """Ends live traffic, and returns how long after `since` (monotonic seconds) everything was done with."""
    await campaign.heal()
    await worked_off(campaign)
    return time.monotonic() - since


async def worked_off(campaign: Campaign) -> None:
    """Returns once everything is done with that had come, and what that led to; TimeoutError if that takes too long.

    What comes meanwhile is not waited for: deadlines go on coming due.
    """
    async with asyncio.timeout(SETTLE_SECONDS), lag_reader(campaign.settings) as reader:
        for _ in range(PASSES):
            ends = {place_of(lag): lag.end for lag in await reader.read()}
            while not done_with(ends, await reader.read()):
                await asyncio.sleep(LOOK_SECONDS / 2)


def place_of(lag: Lag) -> tuple[str, str, int]:
    """Returns where a lag is: group, topic and partition."""
    return lag.group, lag.topic, lag.partition


def done_with(ends: Mapping[tuple[str, str, int], int], lags: Iterable[Lag]) -> bool:
    """Tells whether each group has come as far as its topics reached, or has nothing left to read."""
    return all(not lag.messages or (lag.committed or 0) >= ends[place_of(lag)] for lag in lags)


def failures(folder: Path, since_ms: int) -> int:
    """Returns how often lanes have failed since then (UTC ms), by the logs of all workers, the dead among them."""
    lines = (line for log in folder.glob("*.log") for line in log.read_bytes().splitlines())
    return sum(failed_ms(line) >= since_ms for line in lines)


def failed_ms(line: bytes) -> int:
    """Returns when a lane threw its writers away (UTC ms), as a line of a log says; -1 if it says other things."""
    if b'"event": "lane failed"' not in line:
        return -1
    return stamped_ms(line)
