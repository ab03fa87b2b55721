"""Two versions in one group: `python -m tests.faults.upgrade_run --old COMMIT [--seed 1] [--only up,back]`.

The older version is the tree at a commit, run in the same environment. Under load workers of both share the groups:
the new one joins, the old ones are killed or sent away and replaced; the same the other way; both side by side while
each of them dies. Then lag has to be 0 within 60 s, and the present version's oracle has to find nothing. Each
experiment has a cluster of its own, on which the old version began. One in which a version has not decided anything, or
a worker has ended by itself, is an error.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import subprocess
import sys
import tarfile
from collections.abc import Awaitable, Callable, Sequence
from io import BytesIO
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.faults.installation import Installation, installed
from tests.faults.ledger import ROOT
from tests.faults.proof.bite import left_behind
from tests.faults.proof.crew import lanes_in
from tests.faults.running import named, parser_of, run
from tests.faults.telling import say
from tests.faults.trial import (
    GOES_ON_SECONDS,
    TRAFFIC_SEEDS,
    Ended,
    Result,
    Vacuous,
    alive,
    tried,
)
from tests.kafka.worker_process import Worker, seen
from worker.lane.clock import wall_ms

VERSIONS = ROOT / ".cache" / "versions"
NORTH, SOUTH, GUEST = "north", "south", "guest"
TOGETHER_SECONDS = 5.0
"""So long versions work side by side before the next one goes."""
DECIDED = re.compile(
    r'^lead_router_events_total{[^}]*processor="lifecycle"} ([0-9.]+)$', re.MULTILINE
)


def version_in(folder: Path) -> type[Worker]:
    """Returns the kind of workers whose version is in a folder."""

    class Older(Worker):
        tree = folder

    return Older


class Shift:
    """The workers of one experiment: who works where, in which version; new ones may have a policy of their own."""

    def __init__(self, place: Installation, old: Path, policy: str, result: Result) -> None:
        self._place = place
        self._result = result
        self._policies = {"old": "", "new": policy}
        self._kinds = {"old": version_in(old), "new": Worker}
        self._workers: dict[str, tuple[Worker, str]] = {}
        self.changes: list[str] = []

    async def hire(self, post: str, version: str) -> None:
        """Starts a worker, and returns once it decides; the guest has no name that stays with it."""
        name = "" if post == GUEST else post
        worker = self._place.hire(name, kind=self._kinds[version], policy=self._policies[version])
        self._workers[post] = worker, version
        try:
            await self._place.ready(worker)
        except AssertionError:
            alive(worker)
            raise
        if not await seen(lambda: _decided(worker)):
            raise Vacuous(f"the {version} worker has decided nothing")
        await asyncio.sleep(TOGETHER_SECONDS)

    async def replace(self, post: str, version: str, *, kill: bool) -> None:
        """Kills a worker, or sends it away, and starts another in its place."""
        worker, before = self._workers[post]
        alive(worker)
        lanes = lanes_in(worker.log)
        await asyncio.to_thread(_ended, worker, kill=kill)
        if kill:
            bite = await left_behind(self._place.direct, lanes, wall_ms())
            self._result.deaths += 1
            self._result.deaths_with_work_left += bite.undone > 0
        self.changes.append(f"{post} {before} {'killed' if kill else 'sent away'}, {version}")
        await self.hire(post, version)

    async def leave(self, post: str) -> None:
        """Sends a worker away."""
        worker, version = self._workers.pop(post)
        alive(worker)
        await asyncio.to_thread(_ended, worker, kill=False)
        self.changes.append(f"{post} {version} sent away")

    def all_alive(self) -> None:
        """Makes sure that none has ended by itself."""
        for worker, _ in self._workers.values():
            alive(worker)


def _ended(worker: Worker, *, kill: bool) -> None:
    if kill:
        worker.process.kill()
    else:
        worker.process.terminate()
    if (status := worker.process.wait()) not in (0, -9):
        raise Ended(f"with status {status}: {worker.told()[-500:]}")


async def _decided(worker: Worker) -> bool:
    alive(worker)
    _, figures = await worker.page("metrics")
    return sum(map(float, DECIDED.findall(figures))) > 0


async def up(shift: Shift) -> None:
    """Old ones work, a new one joins, the old ones are replaced, one of them killed."""
    await shift.hire(NORTH, "old")
    await shift.hire(SOUTH, "old")
    await shift.hire(GUEST, "new")
    await shift.replace(NORTH, "new", kill=True)
    await shift.replace(SOUTH, "new", kill=False)
    await shift.leave(GUEST)


async def back(shift: Shift) -> None:
    """After a roll-out, the old ones come back one by one."""
    await shift.hire(NORTH, "old")
    await shift.replace(NORTH, "new", kill=False)
    await shift.hire(SOUTH, "new")
    await shift.hire(GUEST, "old")
    await shift.replace(NORTH, "old", kill=True)
    await shift.replace(SOUTH, "old", kill=False)
    await shift.leave(GUEST)


async def beside(shift: Shift) -> None:
    """One of each works, and each of them dies in turn."""
    await shift.hire(NORTH, "old")
    await shift.hire(SOUTH, "new")
    for post, version in ((NORTH, "old"), (SOUTH, "new"), (NORTH, "new"), (SOUTH, "old")):
        await shift.replace(post, version, kill=True)


class Course(NamedTuple):
    """What happens, in words too, and the policy that new workers have."""

    where: str
    happens: Callable[[Shift], Awaitable[None]]
    policy: str = ""


OTHER = str(ROOT / "tests" / "faults" / "proof" / "hasty.toml")
COURSES = {
    "up": Course("old ones are replaced", up),
    "back": Course("old ones come back", back),
    "beside": Course("one of each, and each of them dies", beside),
    "policy": Course("old ones come back, and new ones had another policy", back, OTHER),
}


def checked_out(commit: str) -> Path:
    """Returns the tree of a version, taken from the repository once."""
    tree = VERSIONS / commit
    if not tree.exists():
        told = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True)
        tree.mkdir(parents=True)
        with tarfile.open(fileobj=BytesIO(told.stdout)) as archive:
            archive.extractall(tree, filter="data")
    if not (tree / "worker" / "__main__.py").exists():
        sys.exit(f"there is no worker in {commit}")
    return tree


async def upgraded(place: Installation, name: str, old: Path, seed: int) -> Result:
    """Runs one experiment and has it judged."""
    course, dice = COURSES[name], Random(f"{seed}/{name}")
    fault = f"two versions: {course.where}"
    result = Result(name, f"{old.name}, {course.where}", seed, fault)
    shift = Shift(place, old, course.policy, result)

    async def changed() -> None:
        async with place.under_load(dice.randrange(TRAFFIC_SEEDS)):
            await course.happens(shift)
            healed_at = asyncio.get_running_loop().time()
            await asyncio.sleep(GOES_ON_SECONDS)
        if not result.deaths_with_work_left:
            raise Vacuous("nobody who died had left anything to do")
        result.seen = "; ".join(shift.changes)
        result.healed_seconds = await place.caught_up(healed_at)
        shift.all_alive()

    return await tried(place, result, changed)


async def experiments(arguments: argparse.Namespace, folder: Path) -> Sequence[Result]:
    """Runs what is asked for, each on a cluster of its own."""
    old, results = checked_out(arguments.old), []
    for name in named(arguments, list(COURSES)):
        async with installed(arguments.nodes, arguments.seed, folder / name, say) as place:
            results.append(await upgraded(place, name, old, arguments.seed))
    return results


def parser() -> argparse.ArgumentParser:
    """Returns what this run understands: which version is the old one, too."""
    understood = parser_of(__doc__)
    understood.add_argument("--old", required=True, help="the commit of the older version")
    return understood


if __name__ == "__main__":
    sys.exit(run("upgrade_run", parser(), experiments))
