"""What can be done to a crew, each act a function: whoever finds another fault adds it to ACTS and to the plan."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from tests.faults.proof.bite import progress
from tests.faults.proof.campaign import Campaign
from tests.faults.proof.crew import APART, TOGETHER, Hand, Post, becomes_true
from tests.faults.proof.evidence import due_between
from tests.faults.proof.plan import WINDOWS, Act
from tests.faults.proof.policies import policy
from topics.catalogue import INPUTS
from worker.lane.clock import wall_ms
from worker.ops.demo.producing import produce_history
from worker.ops.traffic import Produced

READY_SECONDS = 90.0
"""Patience: on a busy machine a process takes most of a minute to start."""
DEATH_SECONDS = 150.0
"""A deadline comes due within a minute or two."""
SUCCEED_SECONDS = 60.0
"""The session is over after six, and the successor has to open."""
CAUGHT_SECONDS = 5
"""How long a worker pauses where it is to be frozen."""
OUTAGE_SECONDS = 15.0
SOON_MS = 12_000
UNREADABLE = 96


async def kill(campaign: Campaign, post: Post, _act: Act) -> None:
    """Kills a worker wherever it is, notes what it left behind, and puts another in its place."""
    await campaign.bury(post)
    post.hire(post.parts)


async def window(campaign: Campaign, post: Post, act: Act) -> None:
    """Lets a worker die at a fail point, and puts another in its place."""
    place = WINDOWS[act.place]
    await campaign.bury(post)
    if place.way == "buried":
        await _send_unreadable(campaign)
    armed = post.hire(post.parts, f"{place.failpoint}=kill@{act.hit}")
    died = await WAYS[place.way](campaign, armed)
    if died and place.way == "twice":
        post.kill()
        died = await _alone(campaign, post.hire(post.parts, f"{place.failpoint}=kill"))
    campaign.happened.bitten[act.place] += died
    await campaign.bury(post)
    post.hire(post.parts)


async def _alone(_campaign: Campaign, armed: list[Hand]) -> bool:
    """Waits for one of them to die at its fail point."""
    return await becomes_true(lambda: any(map(Hand.died_as_planned, armed)), DEATH_SECONDS)


async def _terminated(campaign: Campaign, armed: list[Hand]) -> bool:
    """Asks them to end once they work."""
    await becomes_true(lambda: all(map(Hand.is_at_work, armed)), READY_SECONDS)
    for hand in armed:
        hand.send(signal.SIGTERM)
    return await _alone(campaign, armed)


async def _revoked(campaign: Campaign, armed: list[Hand]) -> bool:
    """Lets somebody join or leave the groups once they work."""
    await becomes_true(lambda: all(map(Hand.is_at_work, armed)), READY_SECONDS)
    await come_or_go(campaign)
    return await _alone(campaign, armed)


WAYS: Mapping[str, Callable[[Campaign, list[Hand]], Awaitable[bool]]] = {
    "alone": _alone,
    "buried": _alone,
    "twice": _alone,
    "terminated": _terminated,
    "revoked": _revoked,
}
"""How workers are brought to their fail point; each returns whether one died there."""


async def _send_unreadable(campaign: Campaign) -> None:
    """Puts bytes that nobody can read onto every partition of the inputs, while nobody is there to read them."""
    bad = [
        Produced(topic.name, f"bad-{number}".encode(), b"\xff", (), wall_ms())
        for topic in INPUTS
        for number in range(UNREADABLE // len(INPUTS))
    ]
    await produce_history(campaign.settings, bad, lambda _n: None)


async def end(campaign: Campaign, post: Post, _act: Act) -> None:
    """Lets a worker end in order once it works, and puts another in its place."""
    await becomes_true(lambda: all(map(Hand.is_at_work, post.hands)), READY_SECONDS)
    campaign.happened.statuses.update(await asyncio.to_thread(post.end))
    post.hire(post.parts)


async def guest(campaign: Campaign, _post: Post, _act: Act) -> None:
    """Lets somebody without a name of their own join the groups, or leave them."""
    await come_or_go(campaign)


async def come_or_go(campaign: Campaign) -> None:
    """Lets the guest come if there is none, else go."""
    if campaign.guest.hands:
        campaign.happened.statuses.update(await asyncio.to_thread(campaign.guest.end))
    else:
        hired = campaign.guest.hire(TOGETHER)
        await becomes_true(lambda: all(map(Hand.is_at_work, hired)), READY_SECONDS)


async def freeze(campaign: Campaign, post: Post, _act: Act) -> None:
    """Stops a worker that has leads past its session, and lets it go on once its successor has come further."""
    await becomes_true(lambda: any(name == "lifecycle" for name, _ in post.lanes()), READY_SECONDS)
    campaign.happened.bitten["freeze"] += await _outlived(campaign, post)


async def zombie(campaign: Campaign, post: Post, _act: Act) -> None:
    """Does the same to a worker that has everything acknowledged and nothing committed."""
    await campaign.bury(post)
    armed = post.hire(post.parts, f"acknowledged=pause:{CAUGHT_SECONDS}@3")
    if await becomes_true(lambda: any(one.reached.exists() for one in armed), READY_SECONDS):
        campaign.happened.bitten["zombie"] += await _outlived(campaign, post)


async def _outlived(campaign: Campaign, post: Post) -> bool:
    """Freezes a post until somebody else has brought its leads forward, thaws it, and returns whether somebody did."""
    for hand in post.hands:
        hand.send(signal.SIGSTOP)
    lanes, limit = post.lanes(), time.monotonic() + SUCCEED_SECONDS
    before = after = await progress(campaign.settings, lanes)
    while after == before and time.monotonic() < limit:
        await asyncio.sleep(0.2)
        after = await progress(campaign.settings, lanes)
    for hand in post.hands:
        hand.send(signal.SIGCONT)
    return after > before


async def trouble(campaign: Campaign, post: Post, _act: Act) -> None:
    """Lets a lane fail within its transaction, and go on by itself."""
    await campaign.bury(post)
    armed = post.hire(post.parts, "acknowledged=raise@3")
    failed = await becomes_true(lambda: any(one.reached.exists() for one in armed), READY_SECONDS)
    campaign.happened.bitten["trouble"] += failed


async def apart(campaign: Campaign, post: Post, _act: Act) -> None:
    """Kills a worker and goes on in a process for each processor."""
    await campaign.bury(post)
    post.hire(APART)


async def together(campaign: Campaign, post: Post, _act: Act) -> None:
    """Kills a worker and goes on in one process."""
    await campaign.bury(post)
    post.hire(TOGETHER)


async def power(campaign: Campaign, _post: Post, act: Act) -> None:
    """Cuts the broker's power for a moment; whoever starts just then ends, and nobody here would start it again."""
    hands = [hand for post in campaign.posts for hand in post.hands]
    await becomes_true(lambda: all(map(Hand.is_at_work, hands)), READY_SECONDS)
    campaign.broker.kill()
    await asyncio.sleep(1 + 2 * act.whom)
    await asyncio.to_thread(campaign.broker.restart)


async def outage(campaign: Campaign, _post: Post, _act: Act) -> None:
    """Leaves nobody at work for a while in which deadlines come due."""
    limit = time.monotonic() + DEATH_SECONDS
    while not await due_between(campaign.settings, wall_ms(), wall_ms() + SOON_MS):
        if time.monotonic() > limit:
            return
        await asyncio.sleep(1)
    began = wall_ms()
    for post in (*campaign.posts, campaign.guest):
        post.kill()
    await asyncio.sleep(OUTAGE_SECONDS)
    campaign.happened.outages.append((began, wall_ms()))
    for post in campaign.posts:
        post.hire(post.parts)


ACTS: Mapping[str, Callable[[Campaign, Post, Act], Awaitable[None]]] = {
    "window": window,
    "kill": kill,
    "end": end,
    "guest": guest,
    "freeze": freeze,
    "zombie": zombie,
    "trouble": trouble,
    "apart": apart,
    "together": together,
    "policy": policy,
    "power": power,
    "outage": outage,
}
"""Every act there is, by its kind."""


async def carry_out(plan: Sequence[Act], campaign: Campaign) -> None:
    """Does what the plan says, one act after the other."""
    for act in plan:
        await asyncio.sleep(act.after_seconds)
        say(f"{time.strftime('%H:%M:%S')} {act}")
        await ACTS[act.kind](campaign, campaign.post_of(act.whom), act)
        campaign.happened.done[act.kind] += 1


def say(line: str) -> None:
    """Puts a line on the screen; stdout is for the report."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
