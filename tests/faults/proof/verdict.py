"""What a run proves: the verdict of `lead-router verify`, and whether enough happened for it to mean something."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from typing import Any

import orjson

from tests.faults.proof.campaign import HEAL_SECONDS, Campaign
from tests.faults.proof.plan import WINDOWS
from topics.catalogue import OUTCOMES
from worker.stream.reader import read_topic
from worker.stream.settings import Settings

VERDICTS = ("applied", "duplicate", "refused", "waiting")
FATES = ("relayed", "dead_letters", "ignored")


async def judged(settings: Settings) -> dict[str, Any]:
    """Returns what `lead-router verify --json` says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "worker", "verify", "--json"),
        env={
            **os.environ,
            "LEAD_ROUTER_BOOTSTRAP": settings.bootstrap,
            "LEAD_ROUTER_APPLICATION_ID": settings.application_id,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, trouble = await process.communicate()
    if not told:
        return {"verdict": "UNKNOWN", "first": [], "unknown": [trouble.decode(errors="replace")]}
    report: dict[str, Any] = orjson.loads(told)
    return {**report, "published": await _published(settings)}


async def _published(settings: Settings) -> dict[str, int]:
    """Returns how many outcomes there are of each type."""
    return {
        topic.name: len([1 async for _ in read_topic(settings, topic.name)]) for topic in OUTCOMES
    }


def lacking(campaign: Campaign, report: dict[str, Any]) -> Iterator[str]:
    """Yields what did not happen that had to, and what took too long."""
    yield from (
        f"no worker died at {failpoint} ({window})"
        for failpoint, window in WINDOWS.items()
        if not campaign.bitten[failpoint]
    )
    yield from (f"no activity was {one}" for one in VERDICTS if not report["activities"].get(one))
    yield from (f"no items {one}" for one in FATES if not report["items"].get(one))
    yield from (f"nothing on {one.name}" for one in OUTCOMES if not report["published"][one.name])
    judged = report["judged"]
    for counted in ("deadlines", "told_by_accounts", "repeats"):
        if not judged[counted]:
            yield f"no {counted.replace('_', ' ')}"
    if campaign.healed_seconds > HEAL_SECONDS:
        yield f"lag was left for {campaign.healed_seconds:.0f} s after the last fault"
