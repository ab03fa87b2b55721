"""The worker with one defect: `python -m tests.faults.proof.mutants NAME run`, in the place of `python -m worker run`.

A defect is a class put in the place of a good one where the worker is wired; the worker itself knows none of them. Each
is hunted by a campaign that gives it the occasion (`hunt`), and has to be named by the judge.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any, NamedTuple

import aiokafka
from aiokafka import AIOKafkaConsumer

from tests.faults.defects import (
    Burying,
    Confusing,
    Deaf,
    Forgetful,
    Hurried,
    PositionFirst,
    Straying,
    Swallowing,
    WithDice,
    WithoutEnvelope,
    WithoutOrigins,
)
from worker.lane import opening, table
from worker.lane.committer import Transactions
from worker.lane.kafka.log import KafkaLog
from worker.lane.kafka.writer import KafkaWriter
from worker.lane.log import Acknowledged, Message
from worker.lane.means import Means
from worker.lane.processor import TopicPartition
from worker.lane.table import Table
from worker.ops.cli import main
from worker.stream import wiring


class Leaky(KafkaLog):
    """Writes outcomes beside the transaction."""

    async def open_writer(self, transactional_id: str | None) -> KafkaWriter:
        writer = await super().open_writer(transactional_id)
        if transactional_id is None:
            return writer
        return LeakyWriter(writer, await super().open_writer(None))


class LeakyWriter(KafkaWriter):
    """A transaction for the changelog, and another writer for all else."""

    def __init__(self, within: KafkaWriter, beside: KafkaWriter) -> None:
        super().__init__(within._producer, transactional=True)
        self._beside = beside

    async def send(
        self, place: TopicPartition, messages: Sequence[Message], timestamp_ms: int
    ) -> Sequence[Awaitable[Acknowledged]]:
        if place.topic.endswith("changelog"):
            return await super().send(place, messages, timestamp_ms)
        return await self._beside.send(place, messages, timestamp_ms)

    async def close(self) -> None:
        await super().close()
        await self._beside.close()

    async def abandon(self) -> None:
        await super().abandon()
        await self._beside.abandon()


class Unfenced(Transactions):
    """Has an id of its own in each process: nobody fences anybody."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._ids = [f"{one}-{os.getpid()}" for one in self._ids]


def positions_of_the_group(
    means: Means[Any],
    _table: Table,
    ends: Mapping[TopicPartition, int],
    _beginnings: Mapping[TopicPartition, int],
) -> dict[TopicPartition, int]:
    """Returns what the group has committed, which is for lag tools and a second old."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, _committed(means, list(ends))).result()


async def _committed(
    means: Means[Any], places: Sequence[TopicPartition]
) -> dict[TopicPartition, int]:
    connection: Mapping[str, Any] = means.log._connection  # type: ignore[attr-defined]
    async with AIOKafkaConsumer(**connection, group_id=means.group) as consumer:
        return {
            place: await consumer.committed(aiokafka.TopicPartition(*place)) or 0
            for place in places
        }


class Defect(NamedTuple):
    """What is put in the place of what."""

    module: ModuleType
    name: str
    part: type | Callable[..., Any]


DEFECTS: dict[str, tuple[Defect, ...]] = {
    "repeats-heard": (Defect(wiring, "Lifecycle", WithoutOrigins),),
    "ids-by-chance": (Defect(wiring, "Lifecycle", WithDice),),
    "error-acknowledged": (Defect(wiring, "Lifecycle", Swallowing),),
    "policy-not-on-the-log": (Defect(wiring, "Lifecycle", Hurried),),
    "outcomes-beside-the-transaction": (Defect(wiring, "KafkaLog", Leaky),),
    "position-first": (Defect(opening, "Relay", PositionFirst),),
    "stale-writer-accepted": (Defect(opening, "Transactions", Unfenced),),
    "failure-dropped": (Defect(opening, "Transactions", Deaf),),
    "deadlines-in-memory": (Defect(table, "Deadlines", Forgetful),),
    "another-lead": (Defect(wiring, "Intake", Confusing),),
    "sound-and-buried": (Defect(wiring, "Intake", Burying),),
    "another-partition": (Defect(wiring, "Intake", Straying),),
    "without-envelope": (Defect(wiring, "Lifecycle", WithoutEnvelope),),
    "position-of-the-group": (Defect(opening, "_positions", positions_of_the_group),),
}


if __name__ == "__main__":
    for defect in DEFECTS[sys.argv.pop(1)]:
        setattr(defect.module, defect.name, defect.part)
    main()
