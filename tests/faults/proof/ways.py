"""How workers are brought to a fail point that they die at: each way hires them armed, and tells whether one did."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence

from tests.faults.proof.campaign import Campaign
from tests.faults.proof.crew import TOGETHER, Hand, Post, becomes_true
from topics.catalogue import INPUTS
from worker.lane.clock import wall_ms
from worker.ops.demo.producing import produce_history
from worker.ops.traffic import Produced

READY_SECONDS = 90.0
"""Patience: on a busy machine a process takes most of a minute to start."""
DEATH_SECONDS = 150.0
"""A deadline comes due within a minute or two."""
ATTEMPTS = 3
UNREADABLE = 96


async def _dead(hands: Sequence[Hand]) -> bool:
    """Waits for one of them to die at its fail point."""
    return await becomes_true(lambda: any(map(Hand.died_as_planned, hands)), DEATH_SECONDS)


async def _at_work(hands: Sequence[Hand]) -> bool:
    """Waits until all of them work or one has died at its fail point; returns whether all live."""
    await becomes_true(
        lambda: any(map(Hand.died_as_planned, hands)) or all(map(Hand.is_at_work, hands)),
        READY_SECONDS,
    )
    return not any(map(Hand.died_as_planned, hands))


async def _alone(_campaign: Campaign, post: Post, armed: str) -> bool:
    return await _dead(post.hire(post.parts, armed))


async def _buried(campaign: Campaign, post: Post, armed: str) -> bool:
    """Has something unreadable waiting for them, which nobody else is there to read before."""
    await campaign.bury_all()
    await _send_unreadable(campaign)
    died = await _alone(campaign, post, armed)
    for other in campaign.posts:
        if other is not post:
            other.hire(other.parts)
    return died


async def _twice(campaign: Campaign, post: Post, armed: str) -> bool:
    """Lets the next one die there, too."""
    first = await _alone(campaign, post, armed)
    post.kill()
    return first and await _alone(campaign, post, armed)


async def _terminated(_campaign: Campaign, post: Post, armed: str) -> bool:
    """Asks them to end once they work; again, if the group was dealt anew while they came, and one has died of that."""
    for _attempt in range(ATTEMPTS):
        hands = post.hire(post.parts, armed)
        if await _at_work(hands):
            for hand in hands:
                hand.send(signal.SIGTERM)
            return await _dead(hands)
        post.kill()
    return False


async def _revoked(campaign: Campaign, post: Post, armed: str) -> bool:
    """Lets somebody join or leave the groups once they work, unless the group was dealt anew before."""
    hands = post.hire(post.parts, armed)
    if await _at_work(hands):
        await come_or_go(campaign)
    return await _dead(hands)


async def _send_unreadable(campaign: Campaign) -> None:
    """Puts bytes that nobody can read onto every partition of the inputs, while nobody is there to read them."""
    bad = [
        Produced(topic.name, f"bad-{number}".encode(), b"\xff", (), wall_ms())
        for topic in INPUTS
        for number in range(UNREADABLE // len(INPUTS))
    ]
    await produce_history(campaign.settings, bad, lambda _n: None)


async def come_or_go(campaign: Campaign) -> None:
    """Lets the guest come if there is none, else go."""
    if campaign.guest.hands:
        campaign.happened.statuses.update(await asyncio.to_thread(campaign.guest.end))
    else:
        hired = campaign.guest.hire(TOGETHER)
        await becomes_true(lambda: all(map(Hand.is_at_work, hired)), READY_SECONDS)


WAYS: Mapping[str, Callable[[Campaign, Post, str], Awaitable[bool]]] = {
    "alone": _alone,
    "buried": _buried,
    "twice": _twice,
    "terminated": _terminated,
    "revoked": _revoked,
}
"""Every way there is, by the name that windows have for it."""
