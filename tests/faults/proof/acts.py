"""What can be done to a crew, each act a function: whoever finds another fault adds it to ACTS and to the plan."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError

from tests.faults.proof.bite import left_behind, progress
from tests.faults.proof.campaign import Campaign
from tests.faults.proof.crew import APART, TOGETHER, Hand, Post, becomes_true
from tests.faults.proof.evidence import due_between
from tests.faults.proof.noticed import moved, noticed
from tests.faults.proof.plan import WINDOWS, Act
from tests.faults.proof.policies import policy
from tests.faults.proof.ways import DEATH_SECONDS, READY_SECONDS, WAYS, come_or_go
from tests.faults.telling import say
from worker.lane.clock import wall_ms
from worker.stream.connection import connection
from worker.stream.lag import groups_of

SUCCEED_SECONDS = 60.0
"""The session is over after six, and the successor has to open."""
CAUGHT_SECONDS = 5
"""How long a worker pauses where it is to be frozen."""
OUTAGE_SECONDS = 15.0
SOON_MS = 12_000
ENOUGH_DUE = 5
"""Leads that are due soon; of one alone, what comes meanwhile may put the deadline off."""
FORGOTTEN_SECONDS = 8.0
"""After a session's time a group has no members, and anybody may write its offsets; later, if it was being dealt."""


async def kill(campaign: Campaign, post: Post, _act: Act) -> None:
    """Kills a worker wherever it is, notes what it left behind, and puts another in its place."""
    bite = await campaign.bury(post)
    campaign.happened.bitten["kill"] += any(bite)
    post.hire(post.parts)


async def window(campaign: Campaign, post: Post, act: Act) -> None:
    """Lets a worker die at a fail point, and puts another in its place."""
    place = WINDOWS[act.place]
    await campaign.bury(post)
    died = await WAYS[place.way](campaign, post, place.armed("kill", act.hit))
    if place.leaves_work:
        whose = {lane for lane in post.lanes() if lane[0] == place.processor}
        died &= (await left_behind(campaign.settings, whose, wall_ms())).undone > 0
    campaign.happened.bitten[act.place] += died
    await campaign.bury(post)
    post.hire(post.parts)


async def end(campaign: Campaign, post: Post, _act: Act) -> None:
    """Lets a worker end in order once it works, and puts another in its place."""
    await becomes_true(lambda: all(map(Hand.is_at_work, post.hands)), READY_SECONDS)
    before, whose = campaign.owners(), post.pids()
    campaign.happened.statuses.update(await asyncio.to_thread(post.end))
    post.hire(post.parts)
    campaign.happened.bitten["end"] += await moved(campaign, before, whose)


async def guest(campaign: Campaign, _post: Post, _act: Act) -> None:
    """Lets somebody without a name of their own join the groups, or leave them."""
    before, whose = campaign.owners(), campaign.guest.pids()
    await come_or_go(campaign)
    whose |= campaign.guest.pids()
    campaign.happened.bitten["guest"] += await moved(campaign, before, whose)


async def freeze(campaign: Campaign, post: Post, _act: Act) -> None:
    """Stops a worker that has leads past its session, and lets it go on once its successor has come further."""
    await becomes_true(post.has_leads, READY_SECONDS)
    campaign.happened.bitten["freeze"] += await _outlived(campaign, post)


async def zombie(campaign: Campaign, post: Post, _act: Act) -> None:
    """Does the same to a worker that has everything acknowledged and nothing committed."""
    await campaign.bury(post)
    caught = WINDOWS["acknowledged"].armed(f"pause:{CAUGHT_SECONDS}", 3)
    armed = post.hire(post.parts, caught)
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
    armed = post.hire(post.parts, WINDOWS["acknowledged"].armed("raise", 3))
    failed = await becomes_true(lambda: any(one.reached.exists() for one in armed), READY_SECONDS)
    campaign.happened.bitten["trouble"] += failed


async def apart(campaign: Campaign, post: Post, _act: Act) -> None:
    """Kills a worker and goes on in a process for each processor."""
    campaign.happened.bitten["apart"] += any(await campaign.bury(post))
    post.hire(APART)


async def together(campaign: Campaign, post: Post, _act: Act) -> None:
    """Kills a worker and goes on in one process."""
    campaign.happened.bitten["together"] += any(await campaign.bury(post))
    post.hire(TOGETHER)


async def power(campaign: Campaign, _post: Post, act: Act) -> None:
    """Cuts the broker's power for a moment; whoever starts just then ends, and nobody here would start it again."""
    hands = [hand for post in campaign.posts for hand in post.hands]
    await becomes_true(lambda: all(map(Hand.is_at_work, hands)), READY_SECONDS)
    cut_ms = wall_ms()
    campaign.broker.kill()
    await asyncio.sleep(1 + 2 * act.whom)
    await asyncio.to_thread(campaign.broker.restart)
    campaign.happened.bitten["power"] += await noticed([one.log for one in hands], cut_ms)


async def outage(campaign: Campaign, _post: Post, _act: Act) -> None:
    """Leaves nobody at work for a while in which deadlines come due."""
    limit = time.monotonic() + DEATH_SECONDS
    while len(await due_between(campaign.settings, wall_ms(), wall_ms() + SOON_MS)) < ENOUGH_DUE:
        if time.monotonic() > limit:
            return
        await asyncio.sleep(1)
    began = wall_ms()
    await campaign.bury_all()
    await asyncio.sleep(OUTAGE_SECONDS)
    campaign.happened.outages.append((began, wall_ms()))
    campaign.fill_posts()


async def offsets(campaign: Campaign, _post: Post, _act: Act) -> None:
    """Lets everybody die, and has the groups' offsets moved behind all there is, as any tool for Kafka can."""
    await campaign.bury_all()
    await asyncio.sleep(FORGOTTEN_SECONDS)
    moved = [
        await _moved_to_the_end(campaign, *group) for group in groups_of(campaign.settings).items()
    ]
    campaign.happened.bitten["offsets"] += any(moved)
    campaign.fill_posts()


async def _moved_to_the_end(campaign: Campaign, group: str, topics: Sequence[str]) -> bool:
    """Commits where the topics end, and returns whether the group is further on by it, as whoever asks is told.

    By itself the client would commit, as it closes, what the group had when it came.
    """
    numbers = range(campaign.settings.partitions)
    places = [TopicPartition(topic, number) for topic in topics for number in numbers]
    async with _member_of(campaign, group) as client:
        client.assign(places)
        ends = await client.end_offsets(places)
        behind = [place for place in places if (await client.committed(place) or 0) < ends[place]]
        async with asyncio.timeout(READY_SECONDS):
            while behind:
                try:
                    await client.commit(ends)
                    break
                except CommitFailedError:
                    await asyncio.sleep(1)
    async with _member_of(campaign, group) as client:
        return any([await client.committed(place) == ends[place] for place in behind])


def _member_of(campaign: Campaign, group: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        **connection(campaign.settings), group_id=group, enable_auto_commit=False
    )


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
    "offsets": offsets,
}
"""Every act there is, by its kind."""


async def carry_out(plan: Sequence[Act], campaign: Campaign) -> None:
    """Does what the plan says, one act after the other."""
    for act in plan:
        await asyncio.sleep(act.after_seconds)
        say(f"{time.strftime('%H:%M:%S')} {act}")
        await ACTS[act.kind](campaign, campaign.post_of(act.whom), act)
        campaign.happened.done[act.kind] += 1
