"""A hot lead: most of what comes is of one lead, whose worker dies; whoever is on other partitions must not notice."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from schemas import spine
from schemas.spine import Activity
from tests.faults.healing import HEAL_SECONDS
from tests.faults.overload.latencies import Leg, hottest, legs, noted, took
from tests.faults.overload.sums import Found
from tests.faults.proof.acts import kill
from tests.faults.proof.campaign import Campaign
from tests.faults.proof.crew import Lane
from tests.faults.proof.plan import Act
from tests.faults.telling import say
from topics.catalogue import SPINE
from worker.lane.clock import wall_ms
from worker.ops.demo.producing import produce_live
from worker.ops.traffic import live
from worker.stream.partitioner import partition_of
from worker.stream.reader import consumer, read_since

USUAL_SECONDS, HOT_SECONDS = 20.0, 40.0
PER_SECOND = 200
"""Events of the hot lead, beside as many of all others."""
LEAST_EVENTS, LEAST_SHARE = 2_000, 1 / 3
SLOWER_SECONDS = 0.5
"""By how much the 99th percentile of others may be slower than before: what kept lanes may pause on free cores (C6)."""
RECORD_BYTES = 32_768
"""What the record of a lead may take, whatever it has gone through (C7): its ring of events and answers is bounded."""


class Heat(NamedTuple):
    """When nothing was hot yet, one lead was, its worker died, it cooled (UTC ms); lanes beside it, and those kept."""

    usual_ms: int
    hot_ms: int
    killed_ms: int
    cooled_ms: int
    others: set[Lane]
    kept: set[Lane]


async def hot_lead(campaign: Campaign) -> Found:
    """Has one lead do as much as all others together, and kills the worker that has it."""
    found, usual_ms = Found(), wall_ms()
    await asyncio.sleep(USUAL_SECONDS)
    hot_ms, events = wall_ms(), int(HOT_SECONDS * PER_SECOND)
    moments = await asyncio.to_thread(
        list, live(-campaign.seed, 1, hot_ms + 2_000, events, PER_SECOND)
    )
    heating = asyncio.create_task(produce_live(campaign.settings, moments, lambda _n: None))
    await asyncio.sleep(HOT_SECONDS / 2)
    lead, _ = hottest(await _counted(campaign, hot_ms))
    place: Lane = "lifecycle", partition_of(lead.encode(), campaign.settings.partitions)
    owner = next((post for post in campaign.posts if place in post.lanes()), None)
    kept = {lane for post in campaign.posts if post is not owner for lane in post.lanes()}
    lanes = {lane for post in campaign.posts for lane in post.lanes()}
    others = {lane for lane in lanes if lane[1] != place[1]}
    killed_ms = wall_ms()
    if owner is None:
        found.lacking.append(f"nobody has {place}, where the hot lead is")
    else:
        await kill(campaign, owner, Act("kill", 0, 0))
    await heating
    cooled_ms, cooled = wall_ms(), time.monotonic()
    counts = await _counted(campaign, hot_ms)
    healed_seconds = await campaign.heal(cooled)
    say(f"{lead} on {place}, {counts[lead]} events; kept {sorted(kept)}")
    found.need("events of the hot lead", counts[lead], least=LEAST_EVENTS)
    found.need("share of the hot lead", hottest(counts)[1], least=LEAST_SHARE)
    heat = Heat(usual_ms, hot_ms, killed_ms, cooled_ms, others, kept)
    seen = await legs(campaign.settings)
    for processor in ("intake", "lifecycle"):
        beside(found, heat, processor, seen)
    found.expect("seconds until all was done after it", healed_seconds, most=HEAL_SECONDS)
    return found


def beside(found: Found, heat: Heat, processor: str, seen: Sequence[Leg]) -> None:
    """Notes how long lanes of a processor had events: before, beside the hot ones, and while others were dead."""
    before = took(seen, processor, (heat.usual_ms, heat.hot_ms), heat.others)
    most = noted(found, f"{processor}, before", before) + SLOWER_SECONDS
    hot = took(seen, processor, (heat.hot_ms, heat.killed_ms), heat.others)
    noted(found, f"{processor}, on other partitions", hot, most)
    through = took(seen, processor, (heat.killed_ms, heat.cooled_ms), heat.kept)
    noted(found, f"{processor}, kept after the death", through, most)


async def _counted(campaign: Campaign, since_ms: int) -> Counter[str]:
    """Returns how many activities came of each lead since then."""
    counts: Counter[str] = Counter()
    async with consumer(campaign.settings) as client:
        for partition in range(campaign.settings.partitions):
            async for record in read_since(client, SPINE.name, partition, since_ms):
                if isinstance(spine.decode(record.value or b""), Activity):
                    counts[(record.key or b"").decode()] += 1
    return counts
