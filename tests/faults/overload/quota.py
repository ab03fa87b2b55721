"""Over the quota: workers write more than the 50 KB a second that the broker lets them, for a while."""

from __future__ import annotations

import asyncio
import time

from tests.faults.healing import HEAL_SECONDS
from tests.faults.overload.gauge import failures, look
from tests.faults.overload.quotas import limit
from tests.faults.overload.sums import Found
from tests.faults.proof.acts import kill
from tests.faults.proof.campaign import Campaign
from tests.faults.proof.plan import Act
from tests.faults.telling import say
from topics.catalogue import Topic, catalogue
from worker.lane.clock import wall_ms
from worker.stream.reader import consumer, read_since
from worker.stream.settings import Settings

BYTES_A_SECOND = 50_000
BEFORE_SECONDS, OVER_SECONDS = 10.0, 60.0
GOES_ON_SECONDS = 3.0
"""Traffic goes on so long after the quota was lifted."""
WINDOW_SECONDS = 11.0
"""Over so long a time brokers measure: what is written in the first of it they hold against it later."""
LEAST_BEHIND = 1_000
LESS = 1.2
"""Brokers measure all connections of a client together, and hold each by itself: of many comes more than the quota."""


async def quota(campaign: Campaign) -> Found:
    """Has the broker throttle the workers, one of which dies meanwhile, and lifts that."""
    found, settings = Found(), campaign.settings
    began_ms = wall_ms()
    await asyncio.sleep(BEFORE_SECONDS)
    over_ms = wall_ms()
    await limit(settings, settings.application_id, BYTES_A_SECOND)
    await asyncio.sleep(OVER_SECONDS / 2)
    await kill(campaign, campaign.posts[0], Act("kill", 0, 0))
    await asyncio.sleep(OVER_SECONDS / 2)
    behind, lifted_ms, lifted = await look(campaign), wall_ms(), time.monotonic()
    failed = failures(campaign.folder, over_ms)
    await limit(settings, settings.application_id, None)
    say(f"lifted: {behind}, {failed} lanes have failed")
    await asyncio.sleep(GOES_ON_SECONDS)
    healed_seconds = await campaign.heal(lifted)
    before = await written(settings, began_ms, over_ms)
    during = await written(settings, over_ms + int(WINDOW_SECONDS * 1000), lifted_ms)
    found.need("bytes a second before", before, least=2 * BYTES_A_SECOND)
    found.figures["bytes a second over the quota"] = round(during)
    found.need("times less than before", before / during, least=LESS)
    found.need("messages behind over the quota", behind.behind, least=LEAST_BEHIND)
    found.expect("lanes that failed over the quota", failed, most=0)
    found.expect("seconds until all was done once it was lifted", healed_seconds, most=HEAL_SECONDS)
    return found


async def written(settings: Settings, since_ms: int, until_ms: int) -> float:
    """Returns how many bytes a second the workers wrote between two times (UTC ms): keys, values and headers."""
    size = 0
    async with consumer(settings) as client:
        for topic in catalogue(settings.application_id):
            for partition in range(settings.partitions) if _is_ours(topic) else ():
                async for record in read_since(client, topic.name, partition, since_ms):
                    if record.timestamp_ms < until_ms:
                        size += len(record.key or b"") + len(record.value or b"")
                        size += sum(len(name) + len(told or b"") for name, told in record.headers)
    return size / ((until_ms - since_ms) / 1000)


def _is_ours(topic: Topic) -> bool:
    return topic.direction in {"outcome", "internal"}
