"""A campaign: two posts under load, acts one after the other, then everything heals."""

from __future__ import annotations

import asyncio
import itertools
import signal
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from aiokafka.errors import KafkaError

from tests.faults.proof.crew import APART, TOGETHER, Hand, Post
from tests.faults.proof.plan import Act
from worker.lane.clock import wall_ms
from worker.ops.demo.producing import produce_history, produce_live
from worker.ops.local_broker import OwnBroker
from worker.ops.traffic import history, live
from worker.stream.connection import BrokerTrouble
from worker.stream.lag import lag_reader
from worker.stream.settings import Settings

HISTORY_LEADS = 250
LIVE_LEADS = 400
BURST_SECONDS = 5
PER_SECOND = 100
READY_SECONDS = 40.0
DEATH_SECONDS = 100.0
"""A deadline comes due within a minute or two."""
SESSION_SECONDS = 6.0
HEAL_SECONDS = 60.0
"""What is promised."""
SETTLE_SECONDS = 300.0
QUIET_LOOKS = 4
POLICIES = ("hasty.toml", "hastier.toml")


class Campaign:
    """One run; `done` counts acts, `bitten` the windows in which a worker died as planned."""

    def __init__(self, broker: OwnBroker, settings: Settings, seed: int, folder: Path) -> None:
        self.done: Counter[str] = Counter()
        self.bitten: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.healed_seconds = 0.0
        self._broker = broker
        self._settings = settings
        self._seed = seed
        self._posts = [Post(settings, folder, "north"), Post(settings, folder, "south")]
        self._policies = itertools.cycle(POLICIES[1:] + POLICIES[:1])

    async def run(self, plan: Sequence[Act]) -> None:
        """Does everything the plan says under load, and returns once all lag is gone."""
        past = history(self._seed, HISTORY_LEADS, wall_ms())
        await produce_history(self._settings, past, lambda _n: None)
        load = asyncio.create_task(self._load())
        self._posts[0].hire(TOGETHER)
        self._posts[1].hire(APART)
        for act in plan:
            await asyncio.sleep(act.after_seconds)
            self.done[act.kind] += 1
            post = self._posts[int(act.whom * len(self._posts))]
            await getattr(self, f"_{act.kind}")(post, act)
        load.cancel()
        await asyncio.gather(load, return_exceptions=True)
        await self._healed()

    def end(self) -> None:
        """Leaves no process behind."""
        for post in self._posts:
            post.kill()

    async def _load(self) -> None:
        """Live traffic, a burst after the other; one that a dead broker swallowed is given up."""
        for burst in itertools.count(1):
            seed = self._seed * 10_000 + burst
            records = live(seed, LIVE_LEADS, wall_ms(), BURST_SECONDS * PER_SECOND, PER_SECOND)
            try:
                await produce_live(self._settings, records, lambda _n: None)
            except (KafkaError, BrokerTrouble):
                self.done["burst given up"] += 1
                await asyncio.sleep(1)

    async def _window(self, post: Post, act: Act) -> None:
        """Lets a worker die at a fail point, and puts another in its place."""
        parts = post.kill()
        hit = 1 + int(act.whom * 100) % 3
        rare = act.failpoint in {"between-writers", "recovering", "opened", "draining"}
        armed = post.hire(parts, f"{act.failpoint}=kill@{1 if rare else hit}")
        if act.failpoint == "draining":
            await asyncio.gather(*(hand.ready(READY_SECONDS) for hand in armed))
            for hand in armed:
                hand.send(signal.SIGTERM)
        if await _any_dies(armed):
            self.bitten[act.failpoint] += 1
        post.kill()
        if act.failpoint == "recovering":  # once more, before it has recovered
            again = post.hire(parts, f"{act.failpoint}=kill")
            self.bitten["recovering"] += await _any_dies(again)
            post.kill()
        post.hire(parts)

    async def _kill(self, post: Post, _act: Act) -> None:
        post.hire(post.kill())

    async def _end(self, post: Post, _act: Act) -> None:
        parts, statuses = await asyncio.to_thread(post.end)
        self.statuses.update(statuses)
        post.hire(parts)

    async def _freeze(self, post: Post, act: Act) -> None:
        """Stops a process past its session, and lets it go on beside its successor."""
        frozen = list(post.hands)
        for hand in frozen:
            hand.send(signal.SIGSTOP)
        await asyncio.sleep(SESSION_SECONDS * (1.2 + act.whom / 2))
        for hand in frozen:
            hand.send(signal.SIGCONT)

    async def _apart(self, post: Post, _act: Act) -> None:
        post.kill()
        post.hire(APART)

    async def _together(self, post: Post, _act: Act) -> None:
        post.kill()
        post.hire(TOGETHER)

    async def _policy(self, post: Post, _act: Act) -> None:
        """Kills a worker and brings it back under another policy; the rest of the crew follows at its next death."""
        parts = post.kill()
        policy = str(Path(__file__).parent / next(self._policies))
        for one in self._posts:
            one.settings = one.settings.model_copy(update={"policy": policy})
        post.hire(parts)

    async def _power(self, _post: Post, act: Act) -> None:
        """Cuts the broker's power for a moment."""
        self._broker.kill()
        await asyncio.sleep(1 + 2 * act.whom)
        await asyncio.to_thread(self._broker.restart)

    async def _healed(self) -> None:
        """Waits until there is no lag, notes how long that took, and then until nothing comes any more.

        For some minutes deadlines come due.
        """
        began, quiet = time.monotonic(), 0
        async with asyncio.timeout(SETTLE_SECONDS):
            while quiet < QUIET_LOOKS:
                async with lag_reader(self._settings) as reader:
                    behind = sum(lag.messages for lag in await reader.read())
                quiet = 0 if behind else quiet + 1
                if not (behind or self.healed_seconds):
                    self.healed_seconds = time.monotonic() - began
                await asyncio.sleep(0.5)


async def _any_dies(hands: Sequence[Hand]) -> bool:
    """Returns whether one of them dies at its fail point."""
    deaths = [asyncio.ensure_future(hand.death(DEATH_SECONDS)) for hand in hands]
    await asyncio.wait(deaths, return_when=asyncio.FIRST_COMPLETED)
    died = any(death.done() and death.result() for death in deaths)
    for death in deaths:
        death.cancel()
    return died
