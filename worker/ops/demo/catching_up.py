"""Waits until the worker has done what lies before it, as any lag tool would see it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from topics.catalogue import ACCOUNT_ACTIVITY
from worker.ops.demo.worker_process import WorkerProcess
from worker.ops.exits import EnvironmentTrouble
from worker.stream.lag import Lag, lag_reader
from worker.stream.settings import Settings

LOOK_SECONDS = 0.5
AT_ONCE = 1
FOR_GOOD = 4
"""Looks: deadlines that came due meanwhile are written when intake has passed the inputs, so look a little longer."""
PATIENCE_SECONDS = 300.0


async def catch_up(
    settings: Settings,
    worker: WorkerProcess,
    relayed: Callable[[int], None],
    quiet_looks: int = FOR_GOOD,
) -> int:
    """Return the lag once it was 0 at so many looks in a row; tell meanwhile how many input records are done."""
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + PATIENCE_SECONDS
    quiet, behind, ends_before = 0, 0, -1
    while quiet < quiet_looks:
        await asyncio.to_thread(worker.is_ready)
        async with lag_reader(settings) as reader:
            lags = await reader.read()
        relayed(_done(settings, lags))
        ends = sum(lag.end for lag in lags)
        behind = sum(lag.messages for lag in lags)
        still = behind == 0 and (quiet_looks == AT_ONCE or ends == ends_before)
        quiet = quiet + 1 if still else 0
        ends_before = ends
        if loop.time() > give_up_at:
            raise EnvironmentTrouble(
                f"the worker is still {behind} messages behind, see {worker.log}"
            )
        await asyncio.sleep(LOOK_SECONDS)
    return behind


def _done(settings: Settings, lags: list[Lag]) -> int:
    """Return how many input records have gone all the way: relayed, less what waits on the spine."""
    intake = [
        lag
        for lag in lags
        if lag.group == settings.intake_group and lag.topic != ACCOUNT_ACTIVITY.name
    ]
    lifecycle = [lag for lag in lags if lag.group == settings.lifecycle_group]
    relayed = sum(lag.end - lag.messages for lag in intake)
    on_spine = sum(lag.end for lag in lifecycle)
    waiting = sum(lag.messages for lag in lifecycle)
    return round(relayed * (1 - waiting / on_spine)) if on_spine else 0
