"""The whole thing under test: brokers, the proxy before them, topics, sample traffic, and real workers behind it.

Traffic, lag and judge go to the brokers directly; only workers go through the proxy.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from tests.faults.brokers import Brokers
from tests.faults.healing import HEAL_SECONDS, all_done
from tests.faults.proof.bite import READS
from tests.faults.proof.crew import Lane
from tests.faults.proxy import Proxy
from tests.kafka.worker_process import Worker
from worker.lane.clock import wall_ms
from worker.ops.demo.producing import produce_history, produce_live
from worker.ops.local_broker.guard import Guard
from worker.ops.local_broker.kinds import Say
from worker.ops.traffic import history, live
from worker.stream import admin
from worker.stream.connection import BrokerTrouble
from worker.stream.settings import Settings, load

LEADS = 150
PER_SECOND = 60
SLICE_SECONDS = 2
LOOK_SECONDS = 0.3
READY_SECONDS = 150.0
"""Not promised, and not judged: a machine that does ten other things at a time takes 30 s to start a worker."""


@dataclass
class Slices:
    """What became of traffic, by slices: how many came through, and of how many no broker took all."""

    through: int = 0
    failed: int = 0


class Traffic:
    """Moments of sample leads at their own pace; they stop at the end of a slice."""

    def __init__(self, settings: Settings, seed: int, per_second: int) -> None:
        self._settings = settings
        self._seed = seed
        self._per_second = per_second
        self._numbers = itertools.count(1)
        self._going = True
        self.produced = 0
        self.slices = Slices()

    async def run(self) -> None:
        """Produces until `stop` was called."""
        while self._going:
            seed = self._seed * 100_000 + next(self._numbers)
            events = SLICE_SECONDS * self._per_second
            moments = live(seed, LEADS, wall_ms() + 100, events, self._per_second)
            records = await asyncio.to_thread(list, moments)
            try:
                await produce_live(self._settings, records, self._count)
                self.slices.through += 1
            except BrokerTrouble:
                self.slices.failed += 1

    def stop(self) -> None:
        """Lets the running slice be the last one."""
        self._going = False

    def _count(self, more: int) -> None:
        self.produced += more


class Installation:
    """One cluster with one application on it."""

    def __init__(self, brokers: Brokers, proxies: Sequence[Proxy], folder: Path) -> None:
        self.brokers = brokers
        self.proxies = proxies
        self.proxy = proxies[0]
        self.folder = folder
        self.direct = load(bootstrap=brokers.direct, application_id="proof")
        self.slices = Slices()
        """Of the traffic there was last."""
        self._hired: list[tuple[Worker, Guard]] = []
        self._logs = itertools.count()

    @property
    def lanes(self) -> list[Lane]:
        """All there are: those of a worker that is alone."""
        return [(processor, one) for processor in READS for one in range(self.direct.partitions)]

    async def prepare(self, seed: int) -> None:
        """Makes the topics, and puts past lives onto the inputs: the workers find statuses and deadlines due."""
        await admin.create(self.direct, (await admin.inspected(self.direct)).missing)
        past = await asyncio.to_thread(list, history(seed, LEADS // 3, wall_ms()))
        await produce_history(self.direct, past, lambda _: None)

    def hire(
        self, instance: str, line: int = 0, kind: type[Worker] = Worker, policy: str = ""
    ) -> Worker:
        """Starts a worker on a line to the brokers, with static membership if it has a name."""
        settings = self.direct.model_copy(update={"bootstrap": self.brokers.proxied(line)})
        log = self.folder / f"worker-{next(self._logs):03d}.log"
        worker = kind(
            settings,
            log,
            LEAD_ROUTER_GROUP_INSTANCE_ID=instance,
            LEAD_ROUTER_POLICY=policy or settings.policy,
        )
        guard = Guard()
        guard.watch(worker.process.pid)
        self._hired.append((worker, guard))
        return worker

    async def ready(self, *workers: Worker) -> None:
        """Returns once these workers are at work, however slow the machine; TimeoutError if that is too slow."""
        async with asyncio.timeout(READY_SECONDS):
            for worker in workers:
                while (await worker.page("readyz"))[0] != HTTPStatus.OK:
                    await asyncio.sleep(LOOK_SECONDS)

    def dismiss(self) -> None:
        """Ends every worker there still is."""
        for worker, guard in self._hired:
            worker.process.kill()
            worker.process.wait()
            guard.forget()
            guard.close()
        self._hired = []

    async def caught_up(self, healed_at: float) -> float:
        """Returns how long after the last fault (a time of the loop's clock) all was done.

        NotHealed if that takes longer than it may.
        """
        loop = asyncio.get_running_loop()
        await all_done(self.direct, healed_at + HEAL_SECONDS - loop.time())
        return loop.time() - healed_at

    @asynccontextmanager
    async def under_load(self, seed: int) -> AsyncIterator[Traffic]:
        """Yields traffic that goes on until the block is left, or it is stopped."""
        traffic = Traffic(self.direct, seed, PER_SECOND)
        self.slices = traffic.slices
        running = asyncio.create_task(traffic.run())
        try:
            yield traffic
        finally:
            traffic.stop()
            await running


First = Callable[[Settings], Awaitable[None]]


@asynccontextmanager
async def installed(
    count: int, seed: int, folder: Path, say: Say, first: First | None = None
) -> AsyncIterator[Installation]:
    """Yields an installation on a cluster of its own, with a past; puts everything away.

    `first` may make topics as they usually are not.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    with Brokers(count, say) as brokers:
        async with AsyncExitStack() as stack:
            notes = folder / "seen.jsonl"
            proxies = [
                await stack.enter_async_context(Proxy(line, notes)) for line in brokers.lines
            ]
            installation = Installation(brokers, proxies, folder)
            try:
                if first is not None:
                    await first(installation.direct)
                await installation.prepare(seed)
                yield installation
            finally:
                installation.dismiss()
