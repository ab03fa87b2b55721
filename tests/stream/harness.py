"""Processes with toys on a cluster in memory, in virtual time (conftest)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from tests.stream.judge import judge
from tests.stream.toys import Counter, Names, Relay
from worker.lane.engine import Engine
from worker.lane.gate import Gate, Inputs
from worker.lane.limits import Limits
from worker.lane.memory.cluster import Cluster
from worker.lane.memory.group import Group
from worker.lane.memory.log import MemoryLog, MemoryWriter
from worker.lane.memory.source import MemorySource
from worker.lane.positions import POSITION_KEY, positions_of
from worker.lane.processor import Record, TopicPartition
from worker.lane.watch import LaneState, Watch

QUICK = Limits(
    reopen_seconds=0.005,
    ask_again_seconds=0.01,
    drain_seconds=0.5,
    stop_seconds=2.0,
    position_seconds=0.004,
    offsets_seconds=0.01,
    merge_wait_seconds=0.002,
    poll_ms=2,
    idle_seconds=0.001,
    retry_backoff_ms=1,
    deadline_tick_seconds=0.002,
    gate_seconds=0.2,
    max_records=7,
    max_outcome_bytes=200,
    max_queued=20,
    failures_allowed=1_000_000,
)
"""Small enough that a life of crashes takes a second, and that every limit is met."""


class World:
    """A cluster with the topics of the toys, and the groups that read them."""

    def __init__(self, partitions: int = 2, cluster: Cluster | None = None) -> None:
        self.names = Names("t", partitions)
        self.cluster = cluster or Cluster()
        for topic in self.names.all():
            self.cluster.create(topic, partitions)
        self.relays = Group("relay", self.cluster, self.names.inputs)
        self.counters = Group("counter", self.cluster, [self.names.spine])
        self.now_ms = 1_000
        self.produced = 0

    def produce(self, key: str, **more: Any) -> int:
        """Writes one input record, and returns its id."""
        self.produced += 1
        partition = sum(key.encode()) % self.names.partitions
        topic = self.names.inputs[self.produced % 2]
        body = json.dumps({"id": self.produced, **more}).encode()
        place = TopicPartition(topic, partition)
        self.cluster.append(place, 0, [(key.encode(), body, ())], self.now_ms)
        return self.produced

    def read(self, topic: str) -> list[Record]:
        """Returns what a read_committed reader finds."""
        return [
            record
            for place, partition in sorted(self.cluster.partitions.items())
            if place.topic == topic
            for record in partition.read(0, 1 << 40)[0]
        ]

    def stood(self) -> list[tuple[int, dict[str, int]]]:
        """Returns where relays said that they stand, by partition."""
        return [
            (record.partition, positions_of(record.value or b""))
            for record in self.read(self.names.positions)
            if record.key == POSITION_KEY
        ]

    def said(self) -> list[Any]:
        """Returns the ids in the output."""
        return [json.loads(record.value or b"")["id"] for record in self.read(self.names.out)]


class Process:
    """One worker: both processors and a gate."""

    def __init__(
        self, world: World, *, watch: Watch | None = None, log: MemoryLog | None = None
    ) -> None:
        self.world = world
        self.looks = 0
        log = log or MemoryLog(world.cluster)
        self.sources = {
            "relay": log.source(world.relays),
            "counter": log.source(world.counters),
        }
        self.engines: list[Engine[Any]] = [
            self._engine(Relay(world.names), log, watch),
            self._engine(Counter(world.names), log, watch),
        ]
        names = world.names
        self.gate = Gate(
            Inputs(topics=names.inputs, log=log, positions=log.follower([names.positions])),
            self.engines[1].lanes.values,
            limits=QUICK,
            watch=watch,
            clock=self._look,
        )

    def _look(self) -> int:
        """Tells the gate the time, which it asks for once a look."""
        self.looks += 1
        return self.world.now_ms

    def _engine(self, processor: Any, log: MemoryLog, watch: Watch | None) -> Engine[Any]:
        return Engine(
            processor,
            group=processor.name,
            log=log,
            source=self.sources[processor.name],
            limits=QUICK,
            watch=watch,
            clock=lambda: self.world.now_ms,
        )

    async def start(self) -> None:
        await asyncio.gather(*(engine.start() for engine in self.engines), self.gate.start())

    async def stop(self) -> None:
        """Ends in order, as on SIGTERM."""
        await self.gate.stop()
        await asyncio.gather(*(engine.stop() for engine in self.engines))

    def ready(self) -> bool:
        lanes = [lane for engine in self.engines for lane in engine.lanes.values()]
        return bool(lanes) and all(lane.state is LaneState.READY for lane in lanes)


class Noted(Watch):
    """Remembers what went wrong."""

    def __init__(self) -> None:
        self.troubles: list[str] = []
        self.failures: list[str] = []
        self.holds: list[float] = []
        self.breaks = 0
        self.truncated = 0
        self.states: list[LaneState] = []

    def trouble(self, processor: str, doing: str, error: str) -> None:
        self.troubles.append(f"{doing} {error}")

    def lane_failed(self, processor: str, partition: int, error: str) -> None:
        self.failures.append(error)

    def lane_changed(self, processor: str, partition: int, state: LaneState) -> None:
        self.states.append(state)

    def held(self, processor: str, partition: int, seconds: float) -> None:
        self.holds.append(seconds)

    def chain_broken(self, processor: str, partition: int, topic: str) -> None:
        self.breaks += 1

    def input_truncated(self, processor: str, partition: int, topic: str, count: int) -> None:
        self.truncated += count


class Refusing(MemorySource):
    """Says once that its group has refused it."""

    why: Exception | None = None

    def refused(self) -> Exception | None:
        why, self.why = self.why, None
        return why


class WritingLog(MemoryLog):
    """Opens writers of a kind, and counts them."""

    def __init__(self, cluster: Cluster, kind: type[MemoryWriter]) -> None:
        super().__init__(cluster)
        self.opened = 0
        self._kind = kind

    async def open_writer(self, transactional_id: str | None) -> MemoryWriter:
        self.opened += 1
        writer = self._kind(self, transactional_id)
        await writer.open()
        return writer


def engine_of(
    world: World,
    processor: Any,
    *,
    source: MemorySource | None = None,
    watch: Noted | None = None,
    limits: Limits = QUICK,
    log: MemoryLog | None = None,
) -> Engine[Any]:
    log = log or MemoryLog(world.cluster)
    group = world.relays if processor.name == "relay" else world.counters
    return Engine(
        processor,
        group=processor.name,
        log=log,
        source=source or log.source(group),
        limits=limits,
        watch=watch,
        clock=lambda: world.now_ms,
    )


async def until(true: Callable[[], bool], what: str, seconds: float = 10.0) -> None:
    """Waits for an observed fact."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.001)
    assert true(), what


def verdict(world: World) -> list[str]:
    """Returns what the oracle finds wrong, reading logs alone."""
    logs = {topic: world.read(topic) for topic in world.names.all()}
    return judge(world.names, logs, world.now_ms)
