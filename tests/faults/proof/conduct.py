"""Campaigns begun and ended: a broker of its own, topics, workers, and no process left behind."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from tests.faults.proof.acts import say
from tests.faults.proof.campaign import POLICY, Campaign, Traffic
from tests.faults.proof.crew import THE_WORKER
from worker.ops.local_broker import own_broker
from worker.stream import admin, logs
from worker.stream.settings import load

T = TypeVar("T")


def conducted(
    course: Callable[[Campaign], Awaitable[T]],
    seed: int,
    folder: Path,
    traffic: Traffic,
    module: Sequence[str] = THE_WORKER,
    *,
    policy: Path = POLICY,
) -> T:
    """Runs a course with workers that are at work, which come from a module, and returns what it returns."""
    os.environ.setdefault("LEAD_ROUTER_BROKER", "java")
    logs.silence()
    with own_broker(say) as broker:
        settings = load(bootstrap=broker.bootstrap, policy=str(policy))
        campaign = Campaign(broker, settings, seed, folder, traffic)
        for post in (*campaign.posts, campaign.guest):
            post.module = module
        try:
            return asyncio.run(_begun(campaign, course))
        finally:
            campaign.end()


async def _begun(campaign: Campaign, course: Callable[[Campaign], Awaitable[T]]) -> T:
    settings = campaign.settings
    await admin.create(settings, (await admin.inspected(settings)).missing)
    await campaign.begin()
    return await course(campaign)
