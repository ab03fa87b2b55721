"""Campaigns begun and ended: a broker of its own, topics, workers, and no process left behind."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from tests.faults.proof.campaign import POLICY, Campaign, Traffic
from tests.faults.proof.crew import THE_WORKER
from tests.faults.telling import say
from topics.catalogue import catalogue
from topics.settings import config_of
from worker.ops.local_broker import own_broker
from worker.stream import admin, logs
from worker.stream.settings import Settings, load

T = TypeVar("T")
SEGMENT_MS = 5_000
"""After which a segment is full, and may be compacted."""


def conducted(
    course: Callable[[Campaign], Awaitable[T]],
    seed: int,
    folder: Path,
    traffic: Traffic,
    module: Sequence[str] = THE_WORKER,
    *,
    policy: Path = POLICY,
    compacting: bool = True,
) -> T:
    """Runs a course with workers that are at work, which come from a module, and returns what it returns.

    Changelogs are compacted all the time, unless every record of theirs is to be found afterwards.
    """
    os.environ.setdefault("LEAD_ROUTER_BROKER", "java")
    logs.silence()
    with own_broker(say) as broker:
        settings = load(bootstrap=broker.bootstrap, policy=str(policy))
        campaign = Campaign(broker, settings, seed, folder, traffic)
        for post in (*campaign.posts, campaign.guest):
            post.module = module
        try:
            return asyncio.run(_begun(campaign, course, compacting=compacting))
        finally:
            campaign.end()


async def _compact_soon(settings: Settings) -> None:
    """Has the changelogs compacted every few seconds: who recovers, and who judges, reads what that leaves."""
    wanted = [topic for topic in catalogue(settings.application_id) if topic.cleanup == "compact"]
    soon = {"segment.ms": str(SEGMENT_MS), "min.cleanable.dirty.ratio": "0.01"}
    async with admin.admin(settings) as client:
        await client.alter_configs(
            [
                ConfigResource(ConfigResourceType.TOPIC, topic.name, {**config_of(topic), **soon})
                for topic in wanted
            ]
        )


async def _begun(
    campaign: Campaign, course: Callable[[Campaign], Awaitable[T]], *, compacting: bool
) -> T:
    settings = campaign.settings
    await admin.create(settings, (await admin.inspected(settings)).missing)
    if compacting:
        await _compact_soon(settings)
    await campaign.begin()
    return await course(campaign)
