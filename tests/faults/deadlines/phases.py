"""What happens to deadlines: 90 days without anybody; two clocks that disagree; one that is far ahead."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from tests.faults.deadlines.crowd import DAY_MS, QUIET_MS, Due, Member, crowd, expected
from tests.faults.deadlines.crowd import firsts as first_forms
from tests.faults.deadlines.crowd import seconds as second_forms
from tests.faults.healing import all_done
from tests.faults.proof.campaign import Campaign
from tests.faults.proof.crew import APART, THE_WORKER, TOGETHER, Hand, Post, becomes_true
from tests.faults.proof.evidence import due_between
from tests.faults.telling import say
from worker.lane.clock import wall_ms
from worker.ops.demo.producing import produce_history

AGO_DAYS = 90
ARMED_MS = 60_000
"""Patience for the last of a crowd to be armed."""
ARMED_WITHIN_MS = 600_000
"""Over so much of a time the crowd sends its forms."""
LOOK_SECONDS = 0.5
READY_SECONDS = 150.0
DONE_SECONDS = 1_500.0
"""Patience for the whole crowd on a busy machine."""
SKEW_SECONDS = 3.0
SOON_MS, COMING_MS = 30_000, 30_000
"""The deadlines that clocks disagree about come due so soon, one after the other for so long.

All of them have to be armed before: one that is armed late is not let go late.
"""
GONE_SECONDS = 10.0
"""So long nobody comes in the place of the dead: longer than a session."""
AHEAD_SECONDS = 86_400.0
ENDS_SECONDS = 60.0
FEW = 100
"""Deadlines that a clock which is ahead would let go."""
REFUSAL = "ClockRefused"


def clock(seconds: float) -> tuple[str, ...]:
    """Returns the worker whose clock is so many seconds ahead."""
    return "tests.faults.deadlines.shifted", str(seconds)


def days_ago() -> tuple[str, ...]:
    """Returns the worker that lives 90 days ago."""
    return clock(-AGO_DAYS * DAY_MS / 1000)


class Returned(NamedTuple):
    """Who came back: what was due; how many leads were armed; when the first came (UTC ms); whether one died.

    `at_work_ms` is when every lane was at work (UTC ms), None if some never were.
    """

    due: set[Due]
    armed: int
    hired_ms: int
    at_work_ms: int | None
    bitten: bool


class Disagreed(NamedTuple):
    """Clocks that disagreed: deadlines, how many were armed before the first was due, when one worker died (UTC ms).

    `at_work` tells whether every lane was, before that and after.
    """

    due: set[Due]
    armed: int
    died_ms: int
    at_work: bool


class Ahead(NamedTuple):
    """A worker a day ahead: deadlines due within it, how many were armed, whether it has ended, and said why."""

    due: set[Due]
    armed: int
    ended: bool
    named: bool


async def outage(campaign: Campaign, leads: int) -> Returned:
    """Has a crowd arm its deadlines, and everybody come back 90 days later; the first of them dies of it at once."""
    base_ms = wall_ms() - AGO_DAYS * DAY_MS
    members = crowd("patient", leads, base_ms - ARMED_WITHIN_MS, base_ms, mixed=True)
    await _send(campaign, members)
    began_ms = wall_ms()
    await all_done(campaign.settings, DONE_SECONDS)
    armed = await _armed(campaign, leads, (base_ms, wall_ms()), wall_ms() + ARMED_MS)
    say(f"{armed} leads armed, {(wall_ms() - began_ms) / 1000:.0f} s")
    await campaign.bury_all()
    await produce_history(campaign.settings, second_forms(members), lambda _n: None)
    north, south = campaign.posts
    north.module = south.module = THE_WORKER
    hired_ms = wall_ms()
    first = north.hire(TOGETHER, "deadlines-written=kill@1")
    south.hire(APART)
    bitten = await becomes_true(lambda: any(map(Hand.died_as_planned, first)), READY_SECONDS)
    await campaign.bury(north)
    north.hire(TOGETHER)
    at_work_ms = wall_ms() if await _at_work(campaign) else None
    await _all_fired(campaign, hired_ms)
    return Returned(expected(members), armed, hired_ms, at_work_ms, bitten)


async def skew(campaign: Campaign, leads: int) -> Disagreed:
    """Has deadlines come due for two workers 6 s apart, of whom the one that is ahead dies in the middle."""
    north, south = campaign.posts
    await campaign.bury_all()
    north.module, south.module = clock(SKEW_SECONDS), clock(-SKEW_SECONDS)
    north.hire(TOGETHER)
    south.hire(TOGETHER)
    before = await _at_work(campaign)
    soon_ms = wall_ms() + SOON_MS
    members = crowd(
        "skewed", leads, soon_ms - QUIET_MS, soon_ms - QUIET_MS + COMING_MS, mixed=False
    )
    await _send(campaign, members)
    first_ms = soon_ms - int(SKEW_SECONDS * 1000)
    armed = await _armed(campaign, leads, (soon_ms, soon_ms + COMING_MS), first_ms)
    say(f"{armed} leads armed, {(first_ms - wall_ms()) / 1000:.1f} s before the first is due")
    await _until(soon_ms + COMING_MS // 3)
    died_ms = wall_ms()
    await campaign.bury(north)
    await asyncio.sleep(GONE_SECONDS)
    north.hire(TOGETHER)
    after = await _at_work(campaign)
    await _until(soon_ms + COMING_MS + int(SKEW_SECONDS * 1000))
    await _all_fired(campaign, wall_ms())
    return Disagreed(expected(members), armed, died_ms, before and after)


async def ahead(campaign: Campaign) -> Ahead:
    """Lets somebody join whose clock is a day ahead, while deadlines come due within that day."""
    today_ms = wall_ms() + DAY_MS // 2 - QUIET_MS
    members = crowd("early", FEW, today_ms, today_ms + 1, mixed=False)
    await _send(campaign, members)
    due_ms = today_ms + QUIET_MS
    armed = await _armed(campaign, FEW, (due_ms, due_ms + 1), wall_ms() + ARMED_MS)
    campaign.guest.module = clock(AHEAD_SECONDS)
    (hand,) = campaign.guest.hire(TOGETHER)
    ended = await becomes_true(lambda: not hand.alive, ENDS_SECONDS)
    named = REFUSAL.encode() in hand.log.read_bytes()
    await asyncio.to_thread(campaign.guest.end)
    return Ahead(expected(members), armed, ended, named)


async def _send(campaign: Campaign, members: Sequence[Member]) -> None:
    await produce_history(campaign.settings, first_forms(members), lambda _n: None)


async def _armed(campaign: Campaign, leads: int, within_ms: tuple[int, int], until_ms: int) -> int:
    """Returns how many leads wait for a time between two (UTC ms): all, or as many as do when it is `until_ms`."""
    armed = 0
    while armed < leads and wall_ms() < until_ms:
        await asyncio.sleep(LOOK_SECONDS)
        armed = len(await due_between(campaign.settings, *within_ms))
    return armed


async def _at_work(campaign: Campaign) -> bool:
    """Returns whether every lane came to be at work."""
    wanted = {
        (processor, number)
        for processor in ("intake", "lifecycle")
        for number in range(campaign.settings.partitions)
    }
    posts: Sequence[Post] = campaign.posts
    return await becomes_true(
        lambda: wanted <= {lane for post in posts for lane in post.lanes()}, READY_SECONDS
    )


async def _all_fired(campaign: Campaign, until_ms: int) -> None:
    """Returns once no lead waits any more for a time before `until_ms` (UTC ms), or patience is over."""
    limit = wall_ms() + int(DONE_SECONDS * 1000)
    while await due_between(campaign.settings, 0, until_ms) and wall_ms() < limit:
        await asyncio.sleep(1)


async def _until(at_ms: int) -> None:
    await asyncio.sleep(max(at_ms - wall_ms(), 0) / 1000)
