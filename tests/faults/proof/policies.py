"""A policy that changes between a kill and the redelivery: what had come before it is decided under the old one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.faults.proof.bite import as_they_are
from tests.faults.proof.campaign import Campaign, Left
from tests.faults.proof.crew import APART, Hand, Post, becomes_true
from tests.faults.proof.plan import WINDOWS, Act
from topics.catalogue import SPINE, lifecycle_changelog
from worker import presets
from worker.lane.processor import TopicPartition
from worker.ops.verify.changelog import last_positions
from worker.stream.reader import consumer
from worker.stream.settings import Settings

POLICIES = ("hastier.toml", "hasty.toml")
DEATH_SECONDS = 90.0
COMES_SECONDS = 4.0
"""So long intake goes on after the death: within the session, so that nobody takes the lanes over."""
TRIES = 6
"""Intake may have nothing to go on with."""
LEAST_UNDONE = 60


class Undone(NamedTuple):
    """What a lane has left: its transaction was open, and so much of the spine is to be read again."""

    is_open: bool
    start: int
    end: int


async def policy(campaign: Campaign, post: Post, _act: Act) -> None:
    """Kills a worker within a transaction of leads, and everybody else, and brings them back under another policy."""
    version, undone = presets.load(campaign.settings.policy).version, await _killed(campaign, post)
    for _ in range(TRIES):
        if any(one.is_open for one in undone.values()) and _much(undone):
            campaign.happened.bitten["policy"] += 1
            break
        campaign.fill_posts()
        undone = await _killed(campaign, post)
    campaign.happened.left += [
        Left(partition, one.start, one.end, version) for partition, one in undone.items()
    ]
    now = Path(campaign.settings.policy).name
    other = next(name for name in POLICIES if name != now)
    campaign.adopt(str(Path(__file__).parent / other))
    campaign.fill_posts()


async def _killed(campaign: Campaign, post: Post) -> dict[int, Undone]:
    """Lets a worker die with everything of leads acknowledged and nothing committed; returns what all of them left.

    A process for each processor takes the post for that: its intake goes on, so that there is much to read again.
    """
    parts = post.parts
    await campaign.bury(post)
    hands = post.hire(APART, WINDOWS["acknowledged"].armed("kill", 2))
    if await becomes_true(lambda: any(map(Hand.died_as_planned, hands)), DEATH_SECONDS):
        await asyncio.sleep(COMES_SECONDS)
    lanes = await campaign.bury_all()
    post.parts = parts
    leads = {partition for processor, partition in lanes if processor == "lifecycle"}
    return {partition: await _undone(campaign.settings, partition) for partition in leads}


def _much(undone: Mapping[int, Undone]) -> bool:
    """Returns whether so much is to be read again that some of it leads to outcomes."""
    return sum(one.end - one.start for one in undone.values()) >= LEAST_UNDONE


async def _undone(settings: Settings, partition: int) -> Undone:
    changelog = TopicPartition(lifecycle_changelog(settings.application_id).name, partition)
    spine = TopicPartition(SPINE.name, partition)
    async with consumer(settings, isolation="read_uncommitted") as everything:
        written = (await everything.end_offsets([changelog]))[changelog]
    async with as_they_are(settings) as logs:
        ends = await logs.ends([changelog, spine])
        start = (await last_positions(logs, changelog)).get(SPINE.name, 0)
    return Undone(ends[changelog] < written, start, ends[spine])
