"""What can be done to workers and their cluster, each act a function; every choice is drawn from the seed's dice."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from tests.faults.simulation.absences import desert, oversleep, relapse, rush, unrelayed
from tests.faults.simulation.crew import MOST_WORKERS, Crew
from tests.faults.simulation.workers import TOGETHER, Worker
from topics.catalogue import INPUTS, SPINE
from worker.lane.failpoints import NAMES
from worker.ops.traffic import Produced, live
from worker.ops.traffic.mishaps import DAMAGES
from worker.presets import load

POLICIES = tuple(
    load(str(Path(__file__).with_name(name))) for name in ("restless.toml", "more-restless.toml")
)
BETWEEN = "between-writers"
CATCHING = (
    *("begun", "outcomes-sent", "acknowledged", "relayed", "committed"),
    *(BETWEEN, BETWEEN, "recovering", "opened"),
)
"""Fail points at which a worker may freeze."""
ROLLED_OUT_SECONDS = 10.0
SOUND = re.compile(rb'\{.*"occurred_at".*\}')
TAKEN_OVER_SECONDS = 8.0
"""A session and a heartbeat: until then others have opened the lanes of who froze."""
ASKED = (
    *("init", "append", "commit", "read", "ends", "beginnings", "partitions", "find"),
    *("fetch", "follow", "join", "heartbeat", "leave", "offsets"),
)
"""What a process asks of the cluster, by kind."""
FATAL = (*ASKED, *("append",) * 10, *("commit",) * 6)
"""The same, as often as it matters to die there."""
FATAL_POINTS = (
    *NAMES,
    *("begun", "state-sent", "between-outcomes", "outcomes-sent", "acknowledged", "relayed") * 2,
)
"""Fail points, as often as it matters."""


def kill(crew: Crew) -> None:
    """Kills a worker wherever it is."""
    if (worker := crew.someone()) is not None:
        worker.body.die("by chance")
        crew.replace(worker)


def doom(crew: Crew) -> None:
    """Lets a worker die at one of its next requests, before it has been sent or after it was applied."""
    if (worker := crew.someone()) is not None:
        kind, moment = crew.dice.choice(FATAL), crew.dice.choice(("before", "after"))
        worker.body.ends_at[f"{moment} {kind}"] = crew.dice.randrange(1, 6)
        crew.replace(worker)


def window(crew: Crew) -> None:
    """Lets a newcomer die at a fail point."""
    if (worker := _newcomer(crew)) is not None:
        worker.body.ends_at[crew.dice.choice(FATAL_POINTS)] = crew.dice.randrange(1, 4)
        crew.replace(worker)


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
        crew.replace(worker)


def freeze(crew: Crew) -> None:
    """Stops a worker for a while, mostly past its session."""
    if (worker := crew.someone()) is not None:
        crew.freeze(worker, "by chance")


def catch(crew: Crew) -> None:
    """Does the same to a worker at its next passing of a fail point."""
    if (worker := crew.someone()) is not None:
        place = crew.dice.choice(CATCHING)
        worker.body.stops_at[place] = lambda: crew.freeze(worker, f"at {place}")


def overtake(crew: Crew) -> None:
    """Freezes a newcomer between the two ids of a lane, until who shares the lanes with it has opened that one too."""
    if crew.running() != crew.present():
        return
    sharing = [one for one in crew.running() if one.only == TOGETHER]
    for worker in sharing[1:]:
        worker.stop()
    newcomer = crew.hire()
    newcomer.body.stops_at[BETWEEN] = lambda: _overtaken(crew, newcomer)


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


def hush(crew: Crew) -> None:
    """Lets nothing come through for a while that lanes of leads write onto the spine, deadlines foremost."""
    weather, dice = crew.around.weather, crew.dice
    weather.hits, weather.lost = f"lifecycle append {SPINE.name}", 1.0
    crew.later(dice.uniform(1, 10), weather.calm)


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
    """Rolls another policy out: everybody is ended or killed within ten seconds, and others come who have it."""
    crew.policy = 1 - crew.policy
    crew.around.policy = POLICIES[crew.policy]
    kill(crew)
    for worker in crew.present():
        crew.later(crew.dice.uniform(0, ROLLED_OUT_SECONDS), partial(_renew, crew, worker))


def _renew(crew: Crew, worker: Worker) -> None:
    if not (worker.gone or worker.body.frozen or crew.healed):
        worker.stop()
        crew.replace(worker)


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
        *(kill, doom, window, join, apart, stop, freeze, catch, overtake, cut, outage, storm),
        *(hush, desert, relapse, unrelayed, expire, compact, deal, policy, damage, oversleep),
    )
}
"""Every act there is."""


def _newcomer(crew: Crew) -> Worker | None:
    return crew.hire() if len(crew.running()) < MOST_WORKERS else None


def _overtaken(crew: Crew, worker: Worker) -> None:
    """Lets events come when it goes on, while it and whoever has overtaken it both are at work."""
    seconds = crew.freeze(worker, f"at {BETWEEN}", least=TAKEN_OVER_SECONDS)
    crew.later(seconds + crew.dice.uniform(0.05, 0.4), lambda: rush(crew))
