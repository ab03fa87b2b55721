"""Hits the windows on a real broker: `python -m tests.faults.windows_run --seed 1 [--push] [--only W3,W10]`.

Each experiment: a worker under load; the proxy does what the rule says and writes it down; a killed worker is started
again, another one has to find its way; then lag has to be 0 within 60 s and the oracle has to find nothing. Exit status
1 if anything is wrong, or if a fault was not seen at the proxy, or found no work: then the experiment was vacuous.

Without `--push` every window is hit in every way, or in each of those that `--way killed,late` names; with it once, in
one of them that rotates with the seed. Most of the time is spent on waiting for time-outs: with `--at-once 2` two
experiments run side by side, each on a cluster and in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from random import Random

from tests.faults.installation import Installation, installed
from tests.faults.proof.bite import left_behind
from tests.faults.proxy.rules import Armed
from tests.faults.proxy.wire import Request
from tests.faults.running import parser_of, run
from tests.faults.telling import say
from tests.faults.trial import (
    GOES_ON_SECONDS,
    TRAFFIC_SEEDS,
    Result,
    Vacuous,
    alive,
    tried,
)
from tests.faults.windows import DEADLY, FAULTS, HELD, Experiment, every, once_each
from tests.kafka.worker_process import Worker
from worker.lane.clock import wall_ms

MET_SECONDS = 60.0
"""A fault that the proxy has not seen by then does not come."""
FIRST, SECOND = "first", "second"
EXPERIMENTS_A_CLUSTER = 9
KILLED = -9


class Trial:
    """One experiment on an installation."""

    def __init__(self, installation: Installation, experiment: Experiment, seed: int) -> None:
        self._place = installation
        self._experiment = experiment
        dice = Random(f"{seed}/{experiment.name}")
        self._rule = experiment.rule(dice)
        self._traffic_seed = dice.randrange(TRAFFIC_SEEDS)
        self._workers: dict[str, Worker] = {}
        where = f"{experiment.window.where}, number {self._rule.nth}"
        self.result = Result(
            *(experiment.name, where, seed, FAULTS[experiment.way]),
            leaves_work=experiment.window.leaves_work,
        )

    async def run(self) -> Result:
        """Runs it and has it judged."""
        return await tried(self._place, self.result, self._course)

    async def _course(self) -> None:
        moment = self._experiment.window.moment
        async with self._place.under_load(self._traffic_seed):
            if moment != "starting":
                await self._place.ready(self._hire(FIRST))
            armed = self._place.proxy.arm(self._rule, self._met)
            if moment == "starting":
                self._hire(FIRST)
            elif moment == "joining":
                self._hire(SECOND)
            async with asyncio.timeout(MET_SECONDS):
                await armed.met.wait()
            self._tell(armed)
            await self._heal(armed)
            healed_at = asyncio.get_running_loop().time()
            await asyncio.sleep(GOES_ON_SECONDS)
        self.result.healed_seconds = await self._place.caught_up(healed_at)
        for worker in self._workers.values():
            alive(worker)

    def _hire(self, instance: str) -> Worker:
        self._workers[instance] = self._place.hire(instance)
        return self._workers[instance]

    def _met(self, request: Request) -> None:
        """Kills the worker whose request it is, if it is to die."""
        if self._experiment.way in DEADLY:
            self._workers[request.instance or FIRST].process.kill()

    async def _heal(self, armed: Armed) -> None:
        """Starts a killed worker again; what was held on the wire arrives once that one is at work."""
        if self._experiment.way not in DEADLY:
            await asyncio.sleep(self._rule.seconds or 0)
            return
        dead = armed.seen[0].request.instance or FIRST
        if (status := self._workers[dead].process.wait()) != KILLED:
            raise Vacuous(f"the worker ended with status {status}")
        self.result.deaths = 1
        if self._experiment.window.moment == "working":
            whose = [
                lane for lane in self._place.lanes if lane[0] == self._experiment.window.processor
            ]
            bite = await left_behind(self._place.direct, whose, wall_ms())
            self.result.deaths_with_work_left = int(bite.undone > 0)
        successor = self._hire(dead)
        if self._experiment.way == "late":
            await self._place.ready(successor)
            armed.release()

    def _tell(self, armed: Armed) -> None:
        request = armed.seen[0].request
        about = ",".join(request.topics) or request.instance
        self.result.seen = f"{request.name} of {request.who or 'intake'} {about}".strip()


async def hit(wanted: Sequence[Experiment], nodes: int, seed: int, folder: Path) -> list[Result]:
    """Runs experiments, some on one cluster."""
    results = []
    clusters = groupby(enumerate(wanted), lambda numbered: numbered[0] // EXPERIMENTS_A_CLUSTER)
    for cluster, numbered in clusters:
        async with installed(nodes, seed, folder / str(cluster), say) as installation:
            results += [
                await Trial(installation, experiment, seed).run() for _, experiment in numbered
            ]
    return results


def chosen(arguments: argparse.Namespace) -> Iterator[Experiment]:
    """Yields what the command line asks for."""
    ways = arguments.way.split(",") if arguments.way else HELD
    for one in once_each(arguments.seed, ways) if arguments.push else every():
        named = not arguments.only or one.window.name in arguments.only.split(",")
        if named and one.way in ways:
            yield one


def share(wanted: Sequence[Experiment], nodes: int, seed: int, folder: Path) -> list[Result]:
    """Runs some of the experiments, in a process that has nothing else to do."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    return asyncio.run(hit(wanted, nodes, seed, folder))


async def experiments(arguments: argparse.Namespace, folder: Path) -> list[Result]:
    """Runs what is asked for, and tells each result."""
    wanted, count = list(chosen(arguments)), arguments.at_once
    shares = [wanted[number::count] for number in range(min(count, len(wanted)))]
    loop, spawned = asyncio.get_running_loop(), get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=spawned) as pool:
        running = [
            loop.run_in_executor(
                pool, share, one, arguments.nodes, arguments.seed, folder / str(number)
            )
            for number, one in enumerate(shares)
        ]
        return [result for results in await asyncio.gather(*running) for result in results]


def parser() -> argparse.ArgumentParser:
    """Returns what this run understands: of the experiments, windows are named."""
    understood = parser_of(__doc__)
    understood.add_argument(
        "--push", action="store_true", help="each window once, in one of the ways"
    )
    understood.add_argument("--at-once", type=int, default=1, help="experiments side by side")
    understood.add_argument("--way", help="ways, separated by commas")
    return understood


if __name__ == "__main__":
    sys.exit(run("windows_run", parser(), experiments))
