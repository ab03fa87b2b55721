"""Whether an act was noticed: lanes that came or went, trouble that workers tell of. Seen in their logs alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from pathlib import Path

import orjson

from schemas.instant import EPOCH, instant_of
from tests.faults.proof.campaign import Campaign
from tests.faults.proof.crew import Lane, becomes_true

MOVES_SECONDS = 90.0
"""Patience: whoever is to have a lane may just be starting, on a busy machine."""
TOLD_SECONDS = 10.0
"""Patience with those who have been without a broker for seconds."""
TROUBLE = (b'"level": "warning"', b'"level": "error"')


async def moved(campaign: Campaign, before: Mapping[Lane, int], whose: Collection[int]) -> bool:
    """Returns whether a lane comes to one of these processes, or goes from one of them to another."""
    return await becomes_true(lambda: _differ(before, campaign.owners(), whose), MOVES_SECONDS)


def _differ(before: Mapping[Lane, int], now: Mapping[Lane, int], whose: Collection[int]) -> bool:
    came = any(pid in whose and before.get(lane) != pid for lane, pid in now.items())
    went = any(pid in whose and now.get(lane, pid) != pid for lane, pid in before.items())
    return came or went


async def noticed(logs: Iterable[Path], since_ms: int) -> bool:
    """Returns whether one of these logs tells of trouble that a worker had since then (UTC ms)."""
    asked = list(logs)
    return await becomes_true(lambda: any(_troubled(one, since_ms) for one in asked), TOLD_SECONDS)


def _troubled(log: Path, since_ms: int) -> bool:
    lines = log.read_bytes().splitlines()
    return any(
        stamped_ms(line) >= since_ms for line in lines if any(level in line for level in TROUBLE)
    )


def stamped_ms(line: bytes) -> int:
    """Returns when a line of a log was written (UTC ms)."""
    return (instant_of(orjson.loads(line)["timestamp"]) - EPOCH) // timedelta(milliseconds=1)
