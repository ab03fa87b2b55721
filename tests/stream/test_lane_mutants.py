"""The oracle finds every seeded defect: within a few random lives, else when a process dies at each of its requests."""

from __future__ import annotations

import json
import random
from collections.abc import Awaitable, Sequence
from typing import Any

import pytest

from tests.stream.harness import Process, World
from tests.stream.lives import death_at, life, requests_of_a_whole_life
from tests.stream.toys import Counter, Relay
from worker.lane.log import Acknowledged, Message, Take
from worker.lane.memory import MemoryLog, MemoryWriter
from worker.lane.memory_cluster import Cluster, Transactional
from worker.lane.processor import LANE_OWN, Record, Stage, TopicPartition

LIVES = 40


class ForgetfulRelay(Relay):
    """Loses a record now and then."""

    def fold(self, record: Record, stage: Stage[None]) -> None:
        if record.offset % 9:
            super().fold(record, stage)


class Blind:
    """A stage that takes every repeat for new."""

    def __init__(self, stage: Stage[Any]) -> None:
        self._stage = stage

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stage, name)

    def first_time(self, origin: tuple[str, int, int, int]) -> bool:
        return True


class CounterWithoutOrigins(Counter):
    def fold(self, record: Record, stage: Stage[Any]) -> None:
        blind: Any = Blind(stage)
        super().fold(record, blind)


class CounterWithDice(Counter):
    """Says something else each time it is asked."""

    def fold(self, record: Record, stage: Stage[Any]) -> None:
        super().fold(record, stage)
        stage.send(self._out, record.key, json.dumps({"id": random.random()}).encode())


class CounterWithoutDeadlines(Counter):
    """Keeps deadlines to itself."""

    def deadline(self, due_ms: int) -> bytes:
        return json.dumps({"deadline": due_ms + 1}).encode()


class ClusterWithoutFences(Cluster):
    """Accepts what a stale writer says."""

    def _current(self, transactional_id: str, epoch: int) -> Transactional:
        return self._ids[transactional_id]


class ClusterWithoutAborts(Cluster):
    """Commits what it should abort."""

    def _finish(self, one: Transactional, *, commit: bool) -> None:
        super()._finish(one, commit=True)


class ForgetsOrigins(MemoryLog):
    """Recovers everything but what a lane keeps for itself."""

    async def read_all(self, place: TopicPartition, take: Take) -> int:
        def keep(key: bytes, value: bytes | None) -> None:
            if not key.startswith(LANE_OWN + b"origin"):
                take(key, value)

        return await super().read_all(place, keep)


class HastyWriter(MemoryWriter):
    """Takes records for acknowledged that are not."""

    async def send(
        self, place: TopicPartition, messages: Sequence[Message], timestamp_ms: int
    ) -> Sequence[Awaitable[Acknowledged]]:
        for sent in await super().send(place, messages, timestamp_ms):
            sent.add_done_callback(lambda task: task.exception())  # type: ignore[attr-defined]
        return []


class HastyLog(MemoryLog):
    async def open_writer(self, transactional_id: str | None) -> MemoryWriter:
        writer = HastyWriter(self, transactional_id)
        await writer.open()
        return writer


def with_(**parts: Any) -> type[Process]:
    return type("Mutant", (Process,), parts)


MUTANTS: dict[str, tuple[type[Process], type[Cluster]]] = {
    "a relay that loses records": (with_(relay=ForgetfulRelay), Cluster),
    "no dedupe": (with_(counter=CounterWithoutOrigins), Cluster),
    "random outcomes": (with_(counter=CounterWithDice), Cluster),
    "deadlines that never fire": (with_(counter=CounterWithoutDeadlines), Cluster),
    "a stale writer accepted": (Process, ClusterWithoutFences),
    "an aborted transaction read": (Process, ClusterWithoutAborts),
    "origins not recovered": (with_(log=ForgetsOrigins), Cluster),
    "commit before acknowledgement": (with_(log=HastyLog), Cluster),
}


@pytest.mark.parametrize("name", MUTANTS)
async def test_a_mutant_is_found(name: str) -> None:
    process, cluster = MUTANTS[name]
    for seed in range(LIVES):
        world = World(partitions=3, cluster=cluster())
        if await life(world, random.Random(seed), process, seconds=0.5):
            return
    for step in range(1, await requests_of_a_whole_life()):
        if await death_at(step, World(cluster=cluster()), process, seconds=0.5):
            return
    pytest.fail(f"{name}: {LIVES} lives and a death at each request, and nothing found")
