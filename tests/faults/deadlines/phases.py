"""What happens to deadlines: 90 days without anybody; two clocks that disagree; one that is far ahead."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from tests.faults.deadlines.crowd import DAY_MS, QUIET_MS, Due, Member, crowd, expected
from tests.faults.deadlines.crowd import firsts as first_forms
from tests.faults.deadlines.crowd import seconds as second_forms
from tests.faults.proof.acts import say
from tests.faults.proof.campaign import Campaign
from tests.faults.proof.crew import APART, THE_WORKER, TOGETHER, Hand, Post, becomes_true
from tests.faults.proof.evidence import due_between
from tests.faults.proof.verdict import HEAL_SECONDS
from worker.lane.clock import wall_ms
from worker.ops.demo.producing import produce_history

AGO_DAYS = 90
ARMED_WITHIN_MS = 600_000
"""Over so much of a time the crowd sends its forms."""
READY_SECONDS = 150.0
DONE_SECONDS = 1_500.0
"""Patience for the whole crowd on a busy machine."""
SKEW_SECONDS = 3.0
SOON_MS, COMING_MS = 12_000, 30_000
"""The deadlines that clocks disagree about come due so soon, one after the other for so long."""
GONE_SECONDS = 10.0
"""So long nobody comes in the place of the dead: longer than a session."""
AHEAD_SECONDS = 86_400.0
ENDS_SECONDS = 60.0
IN_TIME = "ClockRefused"


def clock(seconds: float) -> tuple[str, ...]:
    """Returns the worker whose clock is so many seconds ahead."""
    return "tests.faults.deadlines.shifted", str(seconds)


def days_ago() -> tuple[str, ...]:
    """Returns the worker that lives 90 days ago."""
    return clock(-AGO_DAYS * DAY_MS / 1000)


class Returned(NamedTuple):
    """Who came back: what was due, and armed; when the first came and all were at work (UTC ms); whether one died."""

    due: set[Due]
    armed: int
    hired_ms: int
    at_work_ms: int
    bitten: bool


class Disagreed(NamedTuple):
    """Clocks that disagreed: deadlines, when one worker died and everything was at work again (UTC ms)."""

    due: set[Due]
    died_ms: int
    at_work_ms: int


class Ahead(NamedTuple):
    """A worker a day ahead: deadlines due within it, whether it has ended, and said why."""

    due: set[Due]
    ended: bool
    named: bool


async def outage(campaign: Campaign, leads: int) -> Returned:
    """Has a crowd arm its deadlines, and everybody come back 90 days later; the first of them dies of it at once."""
    base_ms = wall_ms() - AGO_DAYS * DAY_MS
    members = crowd("patient", leads, base_ms - ARMED_WITHIN_MS, base_ms, mixed=True)
    await _send(campaign, members)
    took = await campaign.settled(DONE_SECONDS)
    armed = len(await due_between(campaign.settings, base_ms, wall_ms()))
    say(f"{armed} leads armed, {took:.0f} s")
    await campaign.bury_all()
    await produce_history(campaign.senders, second_forms(members), lambda _n: None)
    north, south = campaign.posts
    north.module = south.module = THE_WORKER
    hired_ms = wall_ms()
    first = north.hire(TOGETHER, "deadlines-written=kill@1")
    south.hire(APART)
    bitten = await becomes_true(lambda: any(map(Hand.died_as_planned, first)), READY_SECONDS)
    await campaign.bury(north)
    north.hire(TOGETHER)
    at_work_ms = await _at_work(campaign)
    say(f"back after {(at_work_ms - hired_ms) / 1000:.1f} s")
    await _all_fired(campaign, hired_ms)
    return Returned(expected(members), armed, hired_ms, at_work_ms, bitten)


async def skew(campaign: Campaign, leads: int) -> Disagreed:
    """Has deadlines come due for two workers 6 s apart, of whom the one that is ahead dies in the middle."""
    north, south = campaign.posts
    await campaign.bury_all()
    north.module, south.module = clock(SKEW_SECONDS), clock(-SKEW_SECONDS)
    north.hire(TOGETHER)
    south.hire(TOGETHER)
    await _at_work(campaign)
    soon_ms = wall_ms() + SOON_MS
    members = crowd(
        "skewed", leads, soon_ms - QUIET_MS, soon_ms - QUIET_MS + COMING_MS, mixed=False
    )
    await _send(campaign, members)
    await _until(soon_ms + COMING_MS // 3)
    died_ms = wall_ms()
    await campaign.bury(north)
    await asyncio.sleep(GONE_SECONDS)
    north.hire(TOGETHER)
    at_work_ms = await _at_work(campaign)
    await _until(soon_ms + COMING_MS + int(SKEW_SECONDS * 1000))
    await _all_fired(campaign, wall_ms())
    return Disagreed(expected(members), died_ms, at_work_ms)


async def ahead(campaign: Campaign) -> Ahead:
    """Lets somebody join whose clock is a day ahead, while deadlines come due within that day."""
    today_ms = wall_ms() + DAY_MS // 2 - QUIET_MS
    members = crowd("early", 100, today_ms, today_ms + 1, mixed=False)
    await _send(campaign, members)
    await campaign.settled(HEAL_SECONDS)
    campaign.guest.module = clock(AHEAD_SECONDS)
    (hand,) = campaign.guest.hire(TOGETHER)
    ended = await becomes_true(lambda: not hand.alive, ENDS_SECONDS)
    named = IN_TIME.encode() in hand.log.read_bytes()
    campaign.guest.kill()
    return Ahead(expected(members), ended, named)


async def _send(campaign: Campaign, members: Sequence[Member]) -> None:
    await produce_history(campaign.senders, first_forms(members), lambda _n: None)


async def _at_work(campaign: Campaign) -> int:
    """Returns when every lane was at work (UTC ms)."""
    wanted = {
        (processor, number)
        for processor in ("intake", "lifecycle")
        for number in range(campaign.settings.partitions)
    }
    posts: Sequence[Post] = campaign.posts
    await becomes_true(
        lambda: wanted <= {lane for post in posts for lane in post.lanes()}, READY_SECONDS
    )
    return wall_ms()


async def _all_fired(campaign: Campaign, until_ms: int) -> None:
    """Returns once no lead waits any more for a time before `until_ms` (UTC ms), or patience is over."""
    limit = wall_ms() + int(DONE_SECONDS * 1000)
    while await due_between(campaign.settings, 0, until_ms) and wall_ms() < limit:
        await asyncio.sleep(1)


async def _until(at_ms: int) -> None:
    await asyncio.sleep(max(at_ms - wall_ms(), 0) / 1000)
