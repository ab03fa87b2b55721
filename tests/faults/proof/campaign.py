"""A campaign: two posts that are always taken and a guest, under load, until everything has healed."""

from __future__ import annotations

import asyncio
import itertools
import math
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from aiokafka.errors import KafkaError

from tests.faults.healing import NotHealed, all_done
from tests.faults.proof.bite import Bite, left_behind, progress
from tests.faults.proof.crew import APART, TOGETHER, Lane, Post
from worker.lane.clock import wall_ms
from worker.ops.demo.producing import produce_history, produce_live
from worker.ops.local_broker import OwnBroker
from worker.ops.traffic import history, live
from worker.stream.connection import BrokerTrouble
from worker.stream.settings import Settings

POLICY = Path(__file__).with_name("hasty.toml")
BURST_SECONDS = 5
BEGIN_SECONDS = 120.0
PATIENCE_SECONDS = 300.0
"""A run that has not healed by then is judged as it is."""


class Traffic(NamedTuple):
    """How much there is: leads with a history, leads of live traffic, and events a second.

    Live traffic is of the same leads all the time if it is `lasting`, and else of others every few seconds.
    """

    history: int = 250
    live: int = 400
    per_second: int = 100
    lasting: bool = False


NO_TRAFFIC = Traffic(history=0, live=0)


class Left(NamedTuple):
    """What of a partition of the spine was to be read again when everybody was dead, under the policy of then."""

    partition: int
    start: int
    end: int
    version: str


@dataclass
class Happened:
    """What was done, and how often it bit."""

    done: Counter[str] = field(default_factory=Counter)
    """Acts by their kind."""
    bitten: Counter[str] = field(default_factory=Counter)
    """Windows in which a worker died as planned, and other acts that were seen to bite."""
    bites: list[Bite] = field(default_factory=list)
    """What each killed post left behind."""
    statuses: Counter[int] = field(default_factory=Counter)
    """How workers ended that were asked to."""
    ended: list[str] = field(default_factory=list)
    """Workers that ended by themselves, and how."""
    bursts_given_up: int = 0
    """Traffic that a dead broker swallowed."""
    outages: list[tuple[int, int]] = field(default_factory=list)
    """When nobody was at work (UTC ms)."""
    left: list[Left] = field(default_factory=list)
    """Before the policy was changed."""
    healed_seconds: float = 0.0
    """As `healing` has it; infinite if it never was."""

    @property
    def deaths_with_work_left(self) -> int:
        """Returns how many deaths left records that had come and were not durably done."""
        return sum(bite.undone > 0 for bite in self.bites)


class Campaign:
    """One run, as its acts see it."""

    def __init__(
        self, broker: OwnBroker, settings: Settings, seed: int, folder: Path, traffic: Traffic
    ) -> None:
        self.broker = broker
        self.settings = settings
        self.folder = folder
        self.happened = Happened()
        self.posts = (Post(settings, folder, "north"), Post(settings, folder, "south"))
        self.guest = Post(settings, folder, "guest", static=False)
        self.traffic = traffic
        self.seed = seed
        self._load: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Puts history onto the topics, starts live traffic, fills the posts, and returns once leads are decided."""
        if self.traffic.history:
            past = history(self.seed, self.traffic.history, wall_ms())
            await produce_history(self.settings, past, lambda _n: None)
        if self.traffic.live:
            self._load = asyncio.create_task(self._live())
        self.posts[0].hire(TOGETHER)
        self.posts[1].hire(APART)
        async with asyncio.timeout(BEGIN_SECONDS):
            while not await self._decide():
                await asyncio.sleep(0.5)

    async def _decide(self) -> bool:
        """Returns whether each post is at work, and leads are decided."""
        lanes = [post.lanes() for post in self.posts]
        return all(lanes) and await progress(self.settings, set().union(*lanes)) > 0

    def post_of(self, share: float) -> Post:
        """Returns the post that an act means."""
        return self.posts[int(share * len(self.posts))]

    def owners(self) -> dict[Lane, int]:
        """Returns which living process has which lane, as their logs say; of one that two claim, nobody."""
        claims: dict[Lane, list[int]] = {}
        for post in (*self.posts, self.guest):
            for hand in post.hands:
                for lane in hand.lanes() if hand.alive else ():
                    claims.setdefault(lane, []).append(hand.process.pid)
        return {lane: pids[0] for lane, pids in claims.items() if len(pids) == 1}

    async def replace(self, post: Post) -> None:
        """Kills a post and puts another in its place at once; what was left behind is noted while that one starts."""
        lanes = post.lanes()
        post.kill()
        post.hire(post.parts)
        self.happened.bites.append(await left_behind(self.settings, lanes, wall_ms()))

    def adopt(self, policy: str) -> None:
        """Gives everybody who is hired from now on another policy."""
        self.settings = self.settings.model_copy(update={"policy": policy})
        for post in (*self.posts, self.guest):
            post.settings = self.settings

    async def bury(self, post: Post) -> Bite:
        """Kills a post, notes what it left behind, and returns it."""
        lanes = post.lanes()
        post.kill()
        self.happened.bites.append(await left_behind(self.settings, lanes, wall_ms()))
        return self.happened.bites[-1]

    async def bury_all(self) -> set[Lane]:
        """Kills everybody, notes what they left behind, and returns the lanes they had."""
        crew = (*self.posts, self.guest)
        lanes = {lane for post in crew for lane in post.lanes()}
        for post in crew:
            post.kill()
        self.happened.bites.append(await left_behind(self.settings, lanes, wall_ms()))
        return lanes

    def fill_posts(self) -> None:
        """Puts somebody into each post where nobody is left."""
        for post in self.posts:
            post.hire(post.parts)

    async def heal(self, since: float | None = None) -> float:
        """Ends live traffic, and returns how long it takes until all is done that has come, which it notes.

        It counts from the end of the last fault, on the monotonic clock: from now, if that is not said.
        """
        since = time.monotonic() if since is None else since
        if self._load is not None:
            self._load.cancel()
            with suppress(asyncio.CancelledError):
                await self._load
        try:
            await all_done(self.settings, PATIENCE_SECONDS)
            self.happened.healed_seconds = time.monotonic() - since
        except NotHealed:
            self.happened.healed_seconds = math.inf
        crew = (*self.posts, self.guest)
        self.happened.ended = [one for post in crew for one in post.ended()]
        return self.happened.healed_seconds

    def end(self) -> None:
        """Leaves no process behind."""
        for post in (*self.posts, self.guest):
            post.kill()

    async def _live(self) -> None:
        """Live traffic, a burst after the other; one that a dead broker swallowed is given up."""
        for burst in itertools.count(1):
            pace = self.traffic.per_second
            seed = self.seed if self.traffic.lasting else self.seed * 10_000 + burst
            moments = BURST_SECONDS * pace
            records = live(seed, self.traffic.live, wall_ms(), moments, pace, stretch=burst)
            try:
                await produce_live(self.settings, records, lambda _n: None)
            except (KafkaError, BrokerTrouble):
                self.happened.bursts_given_up += 1
                await asyncio.sleep(1)
