"""What can be done to workers and their cluster, each act a function; every choice is drawn from the seed's dice."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Mapping
from contextvars import Context
from pathlib import Path

from tests.faults.simulation.workers import TOGETHER, Surroundings, Worker, some_skew_ms
from topics.catalogue import INPUTS
from worker.lane.failpoints import NAMES
from worker.ops.traffic import Produced, live
from worker.ops.traffic.mishaps import DAMAGES
from worker.presets import load

POLICIES = tuple(
    load(str(Path(__file__).with_name(name))) for name in ("restless.toml", "more-restless.toml")
)
CATCHING = (
    *("begun", "outcomes-sent", "acknowledged", "relayed", "committed"),
    *("between-writers", "between-writers", "recovering", "opened"),
)
"""Fail points at which a worker may freeze."""
MOST_WORKERS = 4
SOUND = re.compile(rb'\{.*"occurred_at".*\}')
REPLACED_SECONDS = 3.0
"""How soon somebody else is there for who died, on average."""
ASKED = (
    *("init", "append", "commit", "read", "ends", "beginnings", "partitions", "find"),
    *("fetch", "follow", "join", "heartbeat", "leave", "offsets"),
)
"""What a process asks of the cluster, by kind."""
FATAL = (*ASKED, *("append",) * 10, *("commit",) * 6)
"""The same, as often as it matters to die there."""
FATAL_POINTS = (*NAMES, *("begun", "state-sent", "outcomes-sent", "acknowledged", "relayed") * 2)
"""Fail points, as often as it matters."""


class Crew:
    """The workers of a life, and what is done to them."""

    def __init__(self, around: Surroundings, dice: random.Random) -> None:
        self.around = around
        self.dice = dice
        self.workers: list[Worker] = []
        self.policy = 0
        self.healed = False

    def hire(self, only: tuple[str, ...] = TOGETHER) -> Worker:
        """Starts a worker."""
        name = f"w{len(self.workers) + 1}"
        worker = Worker(name, self.around, only, some_skew_ms(self.dice))
        self.workers.append(worker)
        worker.start()
        return worker

    def hire_missing(self) -> None:
        """Starts somebody for each processor that nobody runs."""
        held = {one for worker in self.present() for one in worker.only}
        missing = tuple(one for one in TOGETHER if one not in held)
        if missing:
            self.hire(missing)

    def present(self) -> list[Worker]:
        """Returns those that have not ended, frozen ones too."""
        return [one for one in self.workers if not one.gone]

    def running(self) -> list[Worker]:
        """Returns those that are not frozen."""
        return [one for one in self.present() if not one.body.frozen]

    def someone(self) -> Worker | None:
        """Returns one of those that run."""
        running = self.running()
        return self.dice.choice(running) if running else None

    def replace(self, only: tuple[str, ...]) -> None:
        """Lets somebody else come for who has gone, a little later."""
        self.later(self.dice.expovariate(1 / REPLACED_SECONDS), lambda: self._replace(only))

    def _replace(self, only: tuple[str, ...]) -> None:
        if not self.healed and len(self.running()) < MOST_WORKERS:
            self.hire(only)

    def later(self, seconds: float, do: Callable[[], None]) -> None:
        """Does something at a later time, as the world."""
        asyncio.get_running_loop().call_later(seconds, do, context=Context())


def kill(crew: Crew) -> None:
    """Kills a worker wherever it is."""
    if (worker := crew.someone()) is not None:
        worker.body.die("by chance")
        crew.replace(worker.only)


def doom(crew: Crew) -> None:
    """Lets a worker die at one of its next requests, before it has been sent or after it was applied."""
    if (worker := crew.someone()) is not None:
        kind, moment = crew.dice.choice(FATAL), crew.dice.choice(("before", "after"))
        worker.body.ends_at[f"{moment} {kind}"] = crew.dice.randrange(1, 6)
        crew.replace(worker.only)


def window(crew: Crew) -> None:
    """Lets a newcomer die at a fail point."""
    if (worker := _newcomer(crew)) is not None:
        worker.body.ends_at[crew.dice.choice(FATAL_POINTS)] = crew.dice.randrange(1, 4)
        crew.replace(worker.only)


def join(crew: Crew) -> None:
    """Lets somebody join."""
    _newcomer(crew)


def apart(crew: Crew) -> None:
    """Lets somebody join who runs one processor only."""
    if len(crew.running()) < MOST_WORKERS:
        crew.hire((crew.dice.choice(TOGETHER),))


def stop(crew: Crew) -> None:
    """Asks a worker to end."""
    if (worker := crew.someone()) is not None:
        worker.stop()
        crew.replace(worker.only)


def freeze(crew: Crew) -> None:
    """Stops a worker for a while, mostly past its session."""
    if (worker := crew.someone()) is not None:
        _froze(crew, worker, "by chance")


def catch(crew: Crew) -> None:
    """Does the same to a worker at its next passing of a fail point."""
    if (worker := crew.someone()) is not None:
        place = crew.dice.choice(CATCHING)
        worker.body.stops_at[place] = lambda: _froze(crew, worker, f"at {place}")


def cut(crew: Crew) -> None:
    """Cuts a worker off in one direction or both; what was under way arrives later."""
    if (worker := crew.someone()) is not None:
        until = asyncio.get_running_loop().time() + crew.dice.uniform(1, 20)
        ways = crew.dice.choice(("there", "back", "there and back"))
        worker.cut.there_until = until if "there" in ways else 0.0
        worker.cut.back_until = until if "back" in ways else 0.0
        crew.around.tells(worker.name, f"is cut off {ways}")


def outage(crew: Crew) -> None:
    """Takes the cluster away for a while."""
    until = asyncio.get_running_loop().time() + crew.dice.uniform(0.5, 12)
    crew.around.weather.down_until = until


def storm(crew: Crew) -> None:
    """Lets many requests be lost, late or unanswered for a while."""
    weather, dice = crew.around.weather, crew.dice
    weather.hits = dice.choice(("", "append", "append", "append leads.activity", "commit"))
    worst = 0.5 if weather.hits else 0.1
    weather.lost, weather.unanswered = dice.uniform(0, worst), dice.uniform(0, worst / 2)
    weather.late = dice.uniform(0, worst / 5)
    crew.later(dice.uniform(1, 10), weather.calm)


def desert(crew: Crew) -> None:
    """Leaves nobody at work for a while."""
    for worker in crew.running():
        worker.body.die("with everybody")
        crew.later(crew.dice.uniform(5, 15), lambda only=worker.only: crew._replace(only))  # type: ignore[misc]


def unrelayed(crew: Crew) -> None:
    """Leaves intake alone undone for a while: events pile up while deadlines come due."""
    for worker in crew.running():
        worker.body.die("with everybody")
    crew.hire(("lifecycle", "accounts"))
    crew.later(crew.dice.uniform(5, 20), lambda: crew._replace(("intake",)))


def expire(crew: Crew) -> None:
    """Lets the broker end a transaction before its time."""
    cluster = crew.around.world.cluster
    if opened := cluster.open_transactions():
        cluster.expire(crew.dice.choice(opened))
        crew.around.tells("broker", "ends a transaction")


def compact(crew: Crew) -> None:
    """Compacts changelogs and positions."""
    crew.around.world.compact()


def deal(crew: Crew) -> None:
    """Lets a group deal anew though nobody came or went."""
    crew.around.world.groups[crew.dice.choice(TOGETHER)].deal_anew()


def policy(crew: Crew) -> None:
    """Gives everybody who is hired from now on another policy, and hires somebody."""
    crew.policy = 1 - crew.policy
    crew.around.policy = POLICIES[crew.policy]
    kill(crew)


def damage(crew: Crew) -> None:
    """Puts what nobody can read onto the inputs."""
    world, dice = crew.around.world, crew.dice
    told = live(dice.randrange(1000), 5, world.now_ms(), 20, 20)
    sound = [one for one in told if one.is_bare and SOUND.fullmatch(one.value)]
    spoilt = [dice.choice(DAMAGES)(one) for one in sound[:8]]
    bytes_only = Produced(dice.choice(INPUTS).name, b"bad", b"\xff", (), world.now_ms())
    world.produce([*spoilt, bytes_only])


ACTS: Mapping[str, Callable[[Crew], None]] = {
    one.__name__: one
    for one in (
        *(kill, doom, window, join, apart, stop, freeze, catch, cut, outage, storm, desert),
        *(unrelayed, expire, compact, deal, policy, damage),
    )
}
"""Every act there is."""


def _newcomer(crew: Crew) -> Worker | None:
    return crew.hire() if len(crew.running()) < MOST_WORKERS else None


def _froze(crew: Crew, worker: Worker, how: str) -> None:
    worker.body.frozen = True
    crew.around.tells(worker.name, f"froze {how}")
    crew.later(crew.dice.uniform(2, 20), lambda: thaw(crew, worker))


def thaw(crew: Crew, worker: Worker) -> None:
    """Lets a frozen worker go on."""
    if worker.body.frozen and not worker.body.dead:
        crew.around.tells(worker.name, "thaws")
        worker.body.thaw()
