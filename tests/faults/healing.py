"""When everything has healed, as every run with faults means it.

All is done that had come, and what that led to: no group has a message of it left, as any lag tool sees it. What comes
meanwhile is not waited for: deadlines go on coming due. `healed_seconds` is the time from the end of the last fault
until then, traffic that went on a little longer included; infinite, or an error, if patience was over before. A minute
at most is promised (C6). The simulation, which need not ask a broker, means by it that nothing at all is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

from worker.stream.lag import Lag, lag_reader
from worker.stream.settings import Settings

HEAL_SECONDS = 60.0
"""C6: all is done by then."""
PASSES = 5
"""What is read leads to more to read: inputs to the spine, that to the account-log, that to account-activity, that to
the spine again, and a lead that has heard of its account may tell another."""
LOOK_SECONDS = 0.3

Look = Callable[[], Awaitable[list[Lag]]]


class NotHealed(Exception):
    """There is lag where there must be none."""


async def all_done(settings: Settings, most_seconds: float) -> None:
    """Returns once all is done; NotHealed if that takes longer than so many seconds."""
    behind = 0
    try:
        async with asyncio.timeout(most_seconds), lag_reader(settings) as reader:
            async for left in looks(reader.read):
                behind = left
    except TimeoutError:
        raise NotHealed(f"still {behind} messages behind when all had to be done") from None


async def looks(look: Look) -> AsyncIterator[int]:
    """Yields, look by look, how many messages there are left, until all is done."""
    lags = await look()
    for _ in range(PASSES):
        before, lags = lags, await look()
        while not _reached(before, lags):
            yield sum(lag.messages for lag in lags)
            await asyncio.sleep(LOOK_SECONDS)
            lags = await look()
        if _nothing_came(before, lags):
            return


def _reached(before: Iterable[Lag], now: Iterable[Lag]) -> bool:
    """Tells whether each group has come as far as its topics reached before, or has nothing left to read."""
    ends = _ends(before)
    return all(not lag.messages or (lag.committed or 0) >= ends[_place(lag)] for lag in now)


def _nothing_came(before: Iterable[Lag], now: Iterable[Lag]) -> bool:
    """Tells whether nothing was left before, and nothing came since.

    Groups are asked one after the other, so the last of them may have written to the first meanwhile.
    """
    return not any(lag.messages for lag in before) and _ends(before) == _ends(now)


def _ends(lags: Iterable[Lag]) -> dict[tuple[str, str, int], int]:
    return {_place(lag): lag.end for lag in lags}


def _place(lag: Lag) -> tuple[str, str, int]:
    return lag.group, lag.topic, lag.partition
