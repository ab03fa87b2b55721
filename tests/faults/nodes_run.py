"""E4, brokers that die: `python -m tests.faults.nodes_run --seed 1 [--only leader,controller]`.

Two workers under load, replication factor 3, two in-sync replicas at least. The node that leads a partition of the
spine, that coordinates a group, that coordinates a lane's transactions, that leads the controllers: each is killed in
its turn and comes back a little later; a group's coordinator once more, whose successor takes seconds to load what it
coordinates; and once more, one that only falls silent: it takes connections, answers nothing, and wakes later; then two
nodes at once, which leaves too few replicas to write anything. Once all copies are in sync again,
lag has to be 0 within 60 s, and the oracle has to find nothing. With `--nodes 1` the only broker there is, which leads
and coordinates everything, dies and comes back.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

from aiokafka.errors import CoordinatorLoadInProgressError

from tests.faults import ballast, roles
from tests.faults.installation import Installation, installed
from tests.faults.proof.noticed import noticed
from tests.faults.running import named, parser_of, run
from tests.faults.telling import say
from tests.faults.trial import (
    GOES_ON_SECONDS,
    TRAFFIC_SEEDS,
    Result,
    Vacuous,
    alive,
    tried,
)
from topics.catalogue import SPINE, catalogue
from worker.lane.clock import wall_ms
from worker.ops.local_broker.java import JavaBroker

AWAY_SECONDS = 20.0
"""Longer than it takes the others to miss a node (9 s), and a session after that: everybody has to do without it."""
IN_SYNC_SECONDS = 60.0
LOADING, SILENT = "loading", "silent"

Chosen = Callable[[Installation, Random], Awaitable[list[int]]]


async def _leader(place: Installation, dice: Random) -> list[int]:
    partition = dice.randrange(place.direct.partitions)
    return [await roles.leader(place.direct, SPINE.name, partition)]


async def _group(place: Installation, dice: Random) -> list[int]:
    settings = place.direct
    group = dice.choice([settings.intake_group, settings.lifecycle_group, settings.accounts_group])
    return [await roles.coordinator(settings, group, roles.GROUP)]


async def _transactions(place: Installation, dice: Random) -> list[int]:
    partition, leg = dice.randrange(place.direct.partitions), dice.choice("ab")
    name = f"{place.direct.lifecycle_group}-{partition}-{leg}"
    return [await roles.coordinator(place.direct, name, roles.TRANSACTION)]


async def _controller(place: Installation, dice: Random) -> list[int]:
    del dice
    return [await roles.controller(place.brokers.port(1))]


async def _loading(place: Installation, dice: Random) -> list[int]:
    del dice
    group = place.direct.lifecycle_group
    node = await roles.coordinator(place.direct, group, roles.GROUP)
    await ballast.laden(place.direct, group, node)
    return [node]


async def _two(place: Installation, dice: Random) -> list[int]:
    return dice.sample(sorted(place.brokers.nodes), 2)


DEATHS: dict[str, tuple[str, Chosen]] = {
    "leader": ("the leader of a spine partition dies", _leader),
    "group": ("the coordinator of a group dies", _group),
    "transactions": ("the coordinator of a lane's transactions dies", _transactions),
    "controller": ("the leader of the controllers dies", _controller),
    LOADING: ("the coordinator of a group dies, and its successor loads for seconds", _loading),
    SILENT: ("the coordinator of a group falls silent", _group),
    "two": ("two of three nodes die", _two),
}


async def survived(place: Installation, name: str, seed: int) -> Result:
    """Runs one experiment and has it judged."""
    where, chosen = DEATHS[name]
    result, dice = Result(name, where, seed, f"brokers: {where}"), Random(f"{seed}/{name}")

    async def course() -> None:
        workers = [place.hire("first"), place.hire("second")]
        async with place.under_load(dice.randrange(TRAFFIC_SEEDS)) as traffic:
            await place.ready(*workers)
            victims, killed_ms = await chosen(place, dice), wall_ms()
            for number in victims:
                await asyncio.to_thread(_away, place.brokers.nodes[number], name)
            before, loading = traffic.produced, _told_to_wait(place)
            await asyncio.sleep(AWAY_SECONDS)
            meanwhile = traffic.produced - before
            for number in victims:
                _back(place.brokers.nodes[number], name)
            await _all_in_sync(place)
            healed_at = asyncio.get_running_loop().time()
            await asyncio.sleep(GOES_ON_SECONDS)
        nodes, waits = ", ".join(map(str, victims)), _told_to_wait(place) - loading
        result.seen = (
            f"node {nodes} away, {meanwhile} records produced meanwhile, "
            f"workers were told {waits} times that a coordinator loads"
        )
        if name == LOADING and not waits:
            raise Vacuous("no worker met a coordinator that loads")
        if not await noticed([one.log for one in workers], killed_ms):
            raise Vacuous("no worker tells of trouble")
        if 2 * len(victims) < len(place.brokers.nodes) and not meanwhile:
            raise Vacuous("the others did without: nothing was produced meanwhile")
        result.healed_seconds = await place.caught_up(healed_at)
        for worker in workers:
            alive(worker)

    return await tried(place, result, course)


def _away(node: JavaBroker, name: str) -> None:
    node.send(signal.SIGSTOP) if name == SILENT else node.kill()


def _back(node: JavaBroker, name: str) -> None:
    node.send(signal.SIGCONT) if name == SILENT else node.start()


def _told_to_wait(place: Installation) -> int:
    """Returns how often a coordinator has told a worker that it still loads what it coordinates."""
    return sum(
        count
        for (_, error), count in place.proxy.refused.items()
        if error == CoordinatorLoadInProgressError.errno
    )


async def _all_in_sync(place: Installation) -> None:
    topics = [topic.name for topic in catalogue(place.direct.application_id)]
    for node in place.brokers.nodes.values():
        await asyncio.to_thread(node.await_ready)
    async with asyncio.timeout(IN_SYNC_SECONDS):
        while not await roles.in_sync(place.direct, topics, len(place.brokers.nodes)):
            await asyncio.sleep(0.5)


async def experiments(arguments: argparse.Namespace, folder: Path) -> list[Result]:
    """Runs what is asked for on one cluster."""
    names = named(arguments, list(DEATHS) if arguments.nodes > 1 else ["leader"])
    async with installed(arguments.nodes, arguments.seed, folder, say) as place:
        return [await survived(place, name, arguments.seed) for name in names]


if __name__ == "__main__":
    sys.exit(run("nodes_run", parser_of(__doc__, nodes=3), experiments))
