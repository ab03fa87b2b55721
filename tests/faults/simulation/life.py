"""One seed: a life of some acts, until everything has healed and is judged."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from tests.faults.simulation.acts import ACTS, POLICIES
from tests.faults.simulation.crew import Crew
from tests.faults.simulation.holding import differing
from tests.faults.simulation.judging import happened, verified
from tests.faults.simulation.line import Weather
from tests.faults.simulation.outcome import Outcome
from tests.faults.simulation.promptness import late, overtaken, waits
from tests.faults.simulation.tale import Tale
from tests.faults.simulation.virtual import in_virtual_time
from tests.faults.simulation.workers import TOGETHER, Parts, Surroundings
from tests.faults.simulation.world import NOON, Broker, World
from worker.lane.limits import Limits
from worker.ops.traffic import Produced, history, live

LIMITS = Limits(
    poll_ms=1000,
    idle_seconds=0.1,
    deadline_tick_seconds=0.5,
    max_records=40,
    max_outcome_bytes=10_000,
    max_queued=80,
)
"""As they are, but for how often an idle process looks around, which would cost more than all else, and for how much a
round takes: a life has few records, and should have many rounds, some of which end early."""

OVER_AT_ONCE = replace(LIMITS, slice_seconds=-1.0)
"""The same for who lets others run wherever a round may: time stands still while it decides."""

LOOKS = 5
"""A second apart: no lane at rest is writing each time."""

BEFORE_MS = 75_000
"""Live traffic that lies on the inputs when a life begins: under a hasty policy some of it is due a little later."""
PER_SECOND = 2.0
HEAL_SECONDS = 60.0
"""What is promised."""
CALM_SECONDS = 30.0
"""How long everybody goes on after that: longer than a deadline may take then, so that one that never comes shows."""
NEWCOMERS = 40
SHOWN_SECONDS = 5.0
"""How long everybody goes on after newcomers have come: their last words are published by then."""


class Life:
    """A world, its crew, and what was told of them."""

    def __init__(
        self, seed: int | str, parts: Parts, limits: Limits, broker: type[Broker] = Broker
    ) -> None:
        self.seed = seed
        self.dice = random.Random(f"{seed}/acts")
        random.seed(f"{seed}/lanes")  # what spreads lanes in time
        chances = random.Random(f"{seed}/ways")
        self.tale = Tale()
        self.world = World(chances, limits, broker)
        self.weather = Weather(chances)
        around = Surroundings(self.world, self.weather, limits, self.tale.tell, POLICIES[0], parts)
        self.crew = Crew(around, self.dice)
        self.healed_seconds = 0.0
        self.healed_ms = self.over_ms = 0
        self.held_otherwise: list[str] = []
        self._broker = asyncio.create_task(self.world.cluster.look_for_old())
        self._live: asyncio.Task[None] | None = None

    def begin(self, leads: int, seconds: float) -> None:
        """Fills the inputs, and lets producers go on for so long."""
        seed = self.dice.randrange(10**6)
        past = list(history(seed, self.dice.randrange(2, 6), NOON - BEFORE_MS))
        count = int((seconds + BEFORE_MS / 1000) * PER_SECOND)
        now = list(live(seed, leads, NOON - BEFORE_MS, count, 10))
        rest = _spread(now, BEFORE_MS, int(seconds * 1000))
        self.world.produce([*past, *(one for one in rest if one.timestamp_ms <= NOON)])
        coming = [one for one in rest if one.timestamp_ms > NOON]
        self._live = asyncio.create_task(self.world.produce_in_time(coming))

    async def act(self, kinds: list[str], count: int, mean_seconds: float) -> None:
        """Does so many acts of some kinds."""
        for _ in range(count):
            await asyncio.sleep(self.dice.expovariate(1 / mean_seconds))
            kind = self.dice.choice(kinds)
            self.tale.tell("act", kind)
            ACTS[kind](self.crew)

    async def heal(self) -> None:
        """Ends every fault, and waits until nothing is left to do; notes how long that took."""
        loop, crew = asyncio.get_running_loop(), self.crew
        crew.healed = True
        crew.calm()
        for worker in crew.present():
            worker.body.ends_at.clear()
            worker.body.stops_at.clear()
            worker.cut.there_until = worker.cut.back_until = 0.0
            crew.thaw(worker)
        if self._live is not None:
            await self._live
        crew.hire_missing()
        self.tale.tell("act", "everything heals")
        began, self.healed_ms = loop.time(), self.world.now_ms()
        while loop.time() < began + HEAL_SECONDS + CALM_SECONDS:
            await asyncio.sleep(0.25)
            crew.hire_missing()
            if self.world.lag() == 0 and all(one.ready() for one in crew.present()):
                break
        self.healed_seconds = loop.time() - began
        await crew.supervise(CALM_SECONDS)

    async def go_on(self, seconds: float) -> None:
        """Lets others come for so long, of whom some fall silent: by their deadlines logs show what was overlooked."""
        seed, now_ms = self.dice.randrange(10**6), self.world.now_ms()
        others = list(live(seed, NEWCOMERS, now_ms, int(seconds), 1))
        await self.world.produce_in_time(others[::2])
        await asyncio.sleep(SHOWN_SECONDS)

    async def look_into_memory(self) -> None:
        """Notes where lanes hold anything but what they have written; of one that is just writing not at once."""
        for _ in range(LOOKS):
            self.held_otherwise = list(differing(self.crew.present(), self.world))
            if not self.held_otherwise:
                break
            await asyncio.sleep(1)

    async def end(self) -> None:
        """Asks everybody to end, and lets the broker finish."""
        await self.look_into_memory()
        self.over_ms = self.world.now_ms()
        for worker in self.crew.present():
            worker.stop()
        await asyncio.sleep(LIMITS.stop_seconds + LIMITS.discard_seconds)
        for worker in self.crew.present():
            worker.body.die("for it does not end")
        await asyncio.sleep(LIMITS.transaction_seconds + 10)
        for one in self.world.cluster.open_transactions():
            self.world.cluster.expire(one)
        self._broker.cancel()

    async def judged(self, *, traced: bool) -> Outcome:
        """Returns what came of it."""
        seen = [("stopped", why) for why in self.crew.around.stopped]
        places = self.tale.places()
        if places["died for it does not end"]:
            seen.append(("stopped", "a worker that was asked to end had to be killed"))
        if self.healed_seconds > HEAL_SECONDS:
            seen.append(("lag", f"was left {self.healed_seconds:.0f} s after the last fault"))
        seen += [("memory", what) for what in self.held_otherwise]
        waited = list(waits(self.world, self.over_ms))
        seen += [*late(waited, self.healed_ms), *overtaken(self.world)]
        report = await verified(self.world)
        digest = sha256(f"{self.tale.digest()} {self.world.digest()}".encode()).hexdigest()
        return Outcome(
            seed=self.seed,
            named=[*report.first, *(("unknown", why) for why in report.unknown)],
            seen=seen,
            digest=digest[:16],
            healed_seconds=self.healed_seconds,
            seconds=asyncio.get_running_loop().time(),
            places=places,
            happened=happened(self.world),
            judged=report.judged,
            verdicts=report.activities,
            fates=report.items,
            late_ms=max((one.late_ms(self.healed_ms) for one in waited), default=0),
            trace=list(self.tale.words()) if traced else [],
        )

    def wind_up(self) -> None:
        """Lets all that is left be cancelled."""
        for worker in self.crew.workers:
            worker.body.wind_up()


def _spread(records: list[Produced], before_ms: int, after_ms: int) -> list[Produced]:
    """Returns the records with their times stretched over a span around noon."""
    first = NOON - before_ms
    last = max(one.timestamp_ms for one in records)
    scale = (before_ms + after_ms) / max(1, last - first)
    return [
        one._replace(timestamp_ms=first + int((one.timestamp_ms - first) * scale))
        for one in records
    ]


async def lived(
    seed: int,
    parts: Parts,
    broker: type[Broker],
    acts: Sequence[str],
    *,
    goes_on: float,
    traced: bool,
) -> Outcome:
    """Lives the life of a seed; with acts of these kinds only, if any are given."""
    limits = random.Random(f"{seed}/slices").choice((LIMITS, OVER_AT_ONCE))
    life = Life(seed, parts, limits, broker)
    try:
        dice, crew = life.dice, life.crew
        seconds = dice.uniform(25, 50)
        life.begin(dice.randrange(3, 16), seconds)
        life.weather.way = dice.choice((0.0005, 0.002, 0.01))
        crew.named = dice.choice((0.0, 0.0, 0.5, 1.0))
        apart = [(one,) for one in TOGETHER]
        for only in dice.choice(([TOGETHER] * 2, apart, [TOGETHER, *apart])):
            crew.hire(only)
        kinds = [*dice.sample(sorted(ACTS), dice.randrange(2, 8)), "doom", "window"]
        kinds = list(acts) or kinds
        count = dice.randrange(6, 18)
        await life.act(kinds, count, seconds / count)
        await life.heal()
        if goes_on:
            await life.go_on(goes_on)
        await life.end()
        return await life.judged(traced=traced)
    finally:
        life.wind_up()


def outcome_of(
    seed: int,
    parts: Parts | None = None,
    broker: type[Broker] = Broker,
    acts: Sequence[str] = (),
    *,
    goes_on: float = 0.0,
    traced: bool = False,
) -> Outcome:
    """Lives the life of a seed, which goes on for so many seconds once it has healed, and returns what came of it."""
    life = lived(seed, parts or Parts(), broker, acts, goes_on=goes_on, traced=traced)
    return in_virtual_time(life)
