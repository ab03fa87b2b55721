"""The workers of a life: who is hired, who comes for whom, who freezes, and under which name."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextvars import Context

from tests.faults.simulation.workers import TOGETHER, Surroundings, Worker, some_skew_ms

MOST_WORKERS = 4
REPLACED_SECONDS = 3.0
"""How soon somebody else is there for who died, on average."""


class Crew:
    """The workers of a life, and what is done to them."""

    def __init__(self, around: Surroundings, dice: random.Random) -> None:
        self.around = around
        self.dice = dice
        self.workers: list[Worker] = []
        self.policy = 0
        self.named = 0.0
        """The share of workers that are static members."""
        self.healed = False

    def hire(self, only: tuple[str, ...] = TOGETHER, instance: str = "") -> Worker:
        """Starts a worker, under a name that another has had if one is given."""
        name = f"w{len(self.workers) + 1}"
        if self.dice.random() < self.named:
            instance = instance or name
        if instance and instance in {one.instance for one in self.present()}:
            self.around.shared.add(instance)
        worker = Worker(name, self.around, only, some_skew_ms(self.dice), instance)
        self.workers.append(worker)
        worker.start()
        return worker

    def hire_missing(self) -> None:
        """Starts somebody for each processor that nobody runs."""
        held = {one for worker in self.present() for one in worker.only}
        missing = tuple(one for one in TOGETHER if one not in held)
        if missing:
            self.hire(missing)

    def calm(self) -> None:
        """Lets nothing go wrong any more on the way to the cluster, and nobody answer as it was."""
        self.around.weather.calm()
        for partition in self.around.world.cluster.partitions.values():
            partition.hear()

    async def supervise(self, seconds: float) -> None:
        """Starts, for so long, whoever is missing: two of one name may have ended of each other."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while loop.time() < until:
            self.hire_missing()
            await asyncio.sleep(1)

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

    def replace(self, worker: Worker) -> None:
        """Lets somebody come for who has gone, a little later, and under its name if it had one."""
        seconds = self.dice.expovariate(1 / REPLACED_SECONDS)
        self.later(seconds, lambda: self.fill(worker.only, worker.instance))

    def fill(self, only: tuple[str, ...], instance: str = "") -> None:
        """Starts a worker in the place of one that has gone, unless there are many or everything has healed."""
        if not self.healed and len(self.running()) < MOST_WORKERS:
            taken = instance in {one.instance for one in self.running()}
            self.hire(only, "" if taken else instance)

    def freeze(self, worker: Worker, how: str, least: float = 2.0) -> float:
        """Stops a worker for a while, mostly past its session, and returns for how many seconds.

        Its name may be another's before that, as where a supervisor takes it for dead.
        """
        worker.body.frozen, seconds = True, self.dice.uniform(least, 20)
        self.around.tells(worker.name, f"froze {how}")
        self.later(seconds, lambda: self.thaw(worker))
        if worker.instance:
            self.later(self.dice.uniform(1, 10), lambda: self._relieve(worker))
        return seconds

    def _relieve(self, worker: Worker) -> None:
        if worker.body.frozen and not worker.gone:
            self.fill(worker.only, worker.instance)

    def thaw(self, worker: Worker) -> None:
        """Lets a frozen worker go on; another may have its name by now."""
        if worker.body.frozen and not worker.body.dead:
            self.around.tells(worker.name, "thaws")
            worker.body.thaw()

    def later(self, seconds: float, do: Callable[[], object]) -> None:
        """Does something at a later time, as the world."""
        asyncio.get_running_loop().call_later(seconds, do, context=Context())
