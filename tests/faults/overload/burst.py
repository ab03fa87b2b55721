"""A burst: ten times what usually comes and more, faster than workers can; one of them dies before they are through.

They have to be through a minute after (C6), which is the 1,000 events a second that a soak has them do.
"""

from __future__ import annotations

import asyncio
import time

from tests.faults.healing import HEAL_SECONDS
from tests.faults.overload.gauge import look, watched
from tests.faults.overload.sums import Found
from tests.faults.proof.acts import kill
from tests.faults.proof.campaign import Campaign
from tests.faults.proof.plan import Act
from tests.faults.telling import say
from worker.lane.clock import wall_ms
from worker.ops.demo.producing import produce_history
from worker.ops.traffic import live

USUAL, TIMES = 100, 10
"""Events a second, and by how much more the burst is of."""
EVENTS = 60_000
LEADS = 5_000
LEAST_BEHIND = EVENTS // 4
LEAST_LOOKS = 3
RESIDENT_MB = 400
"""What a process of all three processors may take, whatever lies before it."""


async def burst(campaign: Campaign) -> Found:
    """Sends a burst as fast as it goes, kills a worker, and waits until everything is done."""
    found = Found()
    records = await asyncio.to_thread(list, live(campaign.seed, LEADS, wall_ms(), EVENTS, EVENTS))
    async with watched(lambda: look(campaign)) as looks:
        began = time.monotonic()
        await produce_history(campaign.settings, records, lambda _n: None)
        ended = time.monotonic()
        behind = await look(campaign)
        say(f"{len(records)} records within {ended - began:.1f} s: {behind}")
        await kill(campaign, campaign.posts[1], Act("kill", 0, 0))
        healed_seconds = await campaign.heal(ended)
    found.need("times what is usual", len(records) / (ended - began) / USUAL, least=TIMES)
    found.need("messages behind at its end", behind.behind, least=LEAST_BEHIND)
    found.need("looks at the workers meanwhile", len(looks), least=LEAST_LOOKS)
    largest = max((one.resident_mb for one in looks), default=0)
    found.expect("MB of the largest process", largest, most=RESIDENT_MB)
    found.expect("seconds until all was done after it", healed_seconds, most=HEAL_SECONDS)
    return found
