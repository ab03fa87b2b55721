"""Workers that decide leads on a log in memory, each with a policy of its own, and what the logs say of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import groupby
from typing import TypeVar

from schemas import spine
from schemas.spine import CameFrom, FormSubmitted, PolicyInForce
from tests.silent import Silent
from tests.stream.harness import QUICK, Noted, until
from topics.catalogue import ACCOUNT_LOG, OUTCOMES, SPINE, lifecycle_changelog, name_of
from worker.lane.engine import Engine
from worker.lane.memory.cluster import Cluster
from worker.lane.memory.group import Group
from worker.lane.memory.line import Line, StraightLine
from worker.lane.memory.log import MemoryLog
from worker.lane.processor import Record, TopicPartition
from worker.lifecycle.language.plan import Policy
from worker.stream.lifecycle import Lifecycle, State

T = TypeVar("T")

APPLICATION = "policies"
PARTITIONS = 4
NOON = 1_760_000_000_000
LIMITS = replace(QUICK, agree_seconds=0.005, policies_differ_seconds=600.0)


class Died(Exception):
    """The process ended here."""


class Field:
    """A cluster with the topics of lifecycle, and its group."""

    def __init__(self) -> None:
        self.cluster = Cluster()
        self.changelog = lifecycle_changelog(APPLICATION).name
        topics = (SPINE, ACCOUNT_LOG, *OUTCOMES)
        for name in (self.changelog, *(topic.name for topic in topics)):
            self.cluster.create(name, PARTITIONS)
        self.group = Group("lifecycle", self.cluster, [SPINE.name])
        self.forms = 0

    def submit(self, count: int = PARTITIONS) -> None:
        """Relays so many forms, each of a lead of its own, to one partition after the other."""
        for _ in range(count):
            self.forms += 1
            partition, lead = self.forms % PARTITIONS, f"lead-{self.forms}"
            form = FormSubmitted(
                event_id="only",
                source="site",
                at=NOON,
                content=0,
                form_id="white_paper",
                came_from=CameFrom("leads.form-submission.v1", partition, self.forms, 0),
            )
            place = TopicPartition(SPINE.name, partition)
            self.cluster.append(place, 0, [(lead.encode(), spine.encode(form), ())], NOON)

    def read(self, topic: str, partition: int) -> list[Record]:
        """Returns what a read_committed reader finds."""
        return self.cluster.partitions[TopicPartition(topic, partition)].read(0, 1 << 40)[0]

    def named(self, partition: int) -> list[str]:
        """Returns the digests that a partition of the spine names, in order."""
        messages = [spine.decode(one.value or b"") for one in self.read(SPINE.name, partition)]
        return [one.digest for one in messages if isinstance(one, PolicyInForce)]

    def announced(self, partition: int) -> list[str]:
        """Returns the same, one that is named again only once."""
        return [digest for digest, _ in groupby(self.named(partition))]

    def decided(self) -> dict[str, str]:
        """Returns under which policy each lead was decided."""
        found = [
            json.loads(one.value or b"")
            for partition in range(PARTITIONS)
            for one in self.read(name_of("status-change"), partition)
        ]
        return {one["lead_id"]: one["policy"]["digest"] for one in found}

    def all_decided(self) -> bool:
        return len(self.decided()) == self.forms

    def told_again(self) -> dict[str, str]:
        """Returns under which policy each lead has to be decided: the first one named, until one replaces it."""
        told: dict[str, str] = {}
        for partition in range(PARTITIONS):
            (in_force, *_), since_ms = self.announced(partition), None
            for record in self.read(SPINE.name, partition):
                message = spine.decode(record.value or b"")
                if isinstance(message, PolicyInForce):
                    if since_ms is None or (message.over, message.over_ms) == (in_force, since_ms):
                        in_force, since_ms = message.digest, record.timestamp_ms
                else:
                    told[(record.key or b"").decode()] = in_force
        return told


class Waits(Noted):
    """Remembers what a worker heard of policies."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[str] = []

    def policy_waits(self, processor: str, partition: int, over: str, others: int) -> None:
        self.waits.append(over)


class Freezing(StraightLine):
    """Holds everything up from the first request of a kind on, until it thaws."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self._kind = kind
        self.frozen = False
        self.thawed = asyncio.Event()

    async def ask(self, name: str, do: Callable[[], T]) -> T:
        self.frozen = self.frozen or name.startswith(self._kind)
        if self.frozen:
            await self.thawed.wait()
        return await super().ask(name, do)


class Worker:
    """One process that runs lifecycle; it dies at the request with that number."""

    def __init__(
        self,
        field: Field,
        policy: Policy,
        *,
        dies_at: int | None = None,
        differ: float = 600.0,
        line: Line | None = None,
    ) -> None:
        self.watch = Waits()
        self.requests = 0
        self._field = field
        self._dies_at = dies_at
        log = MemoryLog(field.cluster, line or StraightLine(self._tap))
        counts = {ACCOUNT_LOG.name: PARTITIONS}
        self._source = log.source(field.group, policy.digest)
        self.engine: Engine[State] = Engine(
            Lifecycle(APPLICATION, counts, policy, Silent()),
            group="lifecycle",
            log=log,
            source=self._source,
            limits=replace(LIMITS, policies_differ_seconds=differ),
            watch=self.watch,
            clock=lambda: NOON,
        )

    @property
    def dead(self) -> bool:
        return self._dies_at is not None and self.requests >= self._dies_at

    def _tap(self, _request: str) -> None:
        self.requests += not self.dead
        if self.dead:
            raise Died

    def ready(self) -> bool:
        return self.engine.not_ready() == []

    async def start(self) -> None:
        await self.engine.start()

    async def stop(self) -> None:
        """Ends in order."""
        await self.engine.stop()

    def is_given_up(self) -> None:
        """Is no member of its group any more, as if its session had ended."""
        self._field.group.leave(self._source._member)

    async def die(self) -> None:
        """Ends at once."""
        self._dies_at = 0
        await _ended([self.engine._task])
        self.is_given_up()
        await _ended([lane._task for lane in self.engine.lanes.values()])


async def _ended(tasks: list[asyncio.Task[None] | None]) -> None:
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


@asynccontextmanager
async def at_work(*workers: Worker) -> AsyncIterator[None]:
    """Lets workers begin, and ends them."""
    for worker in workers:
        await worker.start()
        await until(worker.ready, "ready")
    yield
    for worker in workers:
        await worker.stop()


async def decided(field: Field) -> None:
    """Lets a form come to each partition, and sees it decided."""
    field.submit()
    await until(field.all_decided, "everything is decided")


async def looked_again(field: Field) -> None:
    """Returns when workers have had time to announce what they wanted."""
    await decided(field)
    await asyncio.sleep(0.05)
    await decided(field)
