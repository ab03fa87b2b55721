"""What the conformance cases work with.

A case gets a `Rig`: the log, two fresh topics of one partition (`spine`, `changelog`, compacted), and an id of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from worker.lane.log import Log, Message, Writer
from worker.lane.processor import TopicPartition

NOW = 1_700_000_000_000


@dataclass
class Rig:
    """What a case works with."""

    log: Log
    spine: TopicPartition
    changelog: TopicPartition
    name: str
    reader: Callable[[TopicPartition, str, str], Any]
    """Makes a source that reads one topic, with a policy and a name (or none); all of them are of one group."""
    reader_of_all: Callable[[TopicPartition], Any]
    """Makes a source that may miss nothing of one topic, in a group of its own."""
    follower: Callable[[TopicPartition], Any]
    """Makes a reader of one whole topic, without a group."""
    delete_before: Callable[[TopicPartition, int], Awaitable[None]]
    """Deletes what lies before an offset."""
    compact: Callable[[], Awaitable[None]]
    """Has the changelog compacted up to the last record, which may be too young for it."""


Case = Callable[[Rig], Awaitable[None]]


def registered(cases: dict[str, Case]) -> Callable[[Case], Case]:
    """Makes the decorator that puts a case under its name."""

    def register(case: Case) -> Case:
        cases[case.__name__] = case
        return case

    return register


def records(*names: str) -> list[Message]:
    return [(name.encode(), f"value of {name}".encode(), ()) for name in names]


async def write(writer: Writer, place: TopicPartition, *names: str) -> None:
    await asyncio.gather(*await writer.send(place, records(*names), NOW))


async def committed(writer: Writer, place: TopicPartition, *names: str) -> None:
    await writer.begin()
    await write(writer, place, *names)
    await writer.commit()


async def keys(log: Log, place: TopicPartition) -> list[str]:
    found: list[str] = []
    await log.read_all(place, lambda read: found.extend((one.key or b"").decode() for one in read))
    return found


async def settled(log: Log, place: TopicPartition, end: int) -> None:
    """Waits until everything before `end` is decided: markers are written after a commit has returned."""
    async with asyncio.timeout(20):
        while (await log.ends([place]))[place] < end:
            await asyncio.sleep(0.01)
