"""Dead letters of a cluster: which there are, and their originals put back onto the input topics, each once.

The dead letters are read twice: first to see which are asked for, then, after the input topics were looked through for
what was replayed before, to send the others in their order. So memory holds places, not values, and a replay that was
cut short goes on where it ended when it is asked for again. Two at the same time would not see each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Collection, Iterable, Mapping
from contextlib import nullcontext
from typing import Any, NamedTuple

import msgspec
from aiokafka import AIOKafkaProducer

from topics.catalogue import DEAD_LETTER
from worker.lane.processor import Origin, Record
from worker.stream.admin import admin, partition_counts
from worker.stream.letters import (
    REPLAY_OF,
    REPLAYABLE,
    Letter,
    NotReplayable,
    completed,
    letter_of,
    original_of,
    written,
)
from worker.stream.reader import consumer, read_since, read_topic
from worker.stream.settings import Settings
from worker.stream.writer import producer

IN_FLIGHT = 500
"""Replayed records that may wait for their acknowledgement."""
SKEW_MS = 3_600_000
"""The clocks of who wrote a dead letter and who replayed it differ by less."""


class Place(NamedTuple):
    """A record that failed, and its item, None for every item of it."""

    topic: str
    partition: int
    offset: int
    item: int | None


class Selection(msgspec.Struct, frozen=True):
    """Which dead letters are meant; what is empty leaves no one out. `since_ms` is when they were written, UTC."""

    codes: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    places: frozenset[Place] = frozenset()
    since_ms: int = 0

    def takes(self, letter: Letter) -> bool:
        """Tells whether a dead letter is meant."""
        origin = letter.origin
        return (
            letter.record.timestamp_ms >= self.since_ms
            and (not self.codes or letter.code in self.codes)
            and (not self.topics or origin.topic in self.topics)
            and (not self.places or bool({Place(*origin), Place(*origin[:3], None)} & self.places))
        )


class Resent(NamedTuple):
    """What became of a dead letter: `to` is where its replay lies, None in a dry run; `why_not` says why there is none.

    `before` says that the replay lay there already.
    """

    letter: Letter
    to: str | None = None
    before: bool = False
    why_not: str | None = None


Sent = tuple[Resent, Awaitable[Any] | None]
"""What became of a dead letter, and what waits for the broker to have its replay, if it was sent."""


async def letters(settings: Settings, selection: Selection) -> AsyncIterator[Letter]:
    """Yields the dead letters that are meant, each origin once, partition by partition, oldest first."""
    async for letter in letters_in(read_topic(settings, DEAD_LETTER.name), selection):
        yield letter


async def letters_in(records: AsyncIterator[Record], selection: Selection) -> AsyncIterator[Letter]:
    """Yields the same of records of the topic; what was left out is that of the item before."""
    seen: set[Origin] = set()
    last: Letter | None = None
    async for record in records:
        letter = letter_of(record)
        if letter is None:
            continue
        if last is not None and letter.origin[:3] == last.origin[:3]:
            letter = completed(letter, last)
        last = letter
        if letter.origin not in seen and selection.takes(letter):
            seen.add(letter.origin)
            yield letter


async def resend(
    settings: Settings, selection: Selection, *, dry_run: bool
) -> AsyncIterator[Resent]:
    """Puts the originals of the dead letters that are meant back, and yields what became of each."""
    written_at = {one.origin: one.record.timestamp_ms async for one in letters(settings, selection)}
    if not written_at:
        return
    before = await _replayed_before(settings, written_at)
    counts = await _partitions(settings, {origin.topic for origin in written_at})
    exact = Selection(places=frozenset(Place(*origin) for origin in written_at))
    async with nullcontext() if dry_run else producer(settings) as client:
        waiting: list[Sent] = []
        async for letter in letters(settings, exact):
            if letter.origin in before:
                waiting.append((Resent(letter, before[letter.origin], before=True), None))
            elif letter.origin.partition >= counts.get(letter.origin.topic, 0):
                waiting.append((Resent(letter, why_not="its topic or partition is no more"), None))
            else:
                waiting.append(await _sent(client, letter))
            if len(waiting) == IN_FLIGHT:
                async for resent in _acknowledged(waiting):
                    yield resent
                waiting = []
        async for resent in _acknowledged(waiting):
            yield resent


async def _sent(client: AIOKafkaProducer | None, letter: Letter) -> Sent:
    """Hands an original over to the client, if there is one."""
    try:
        key, value, headers = original_of(letter)
    except NotReplayable as fault:
        return Resent(letter, why_not=str(fault)), None
    if client is None:
        return Resent(letter), None
    topic, partition, *_ = letter.origin
    future = await client.send(topic, value, key=key, partition=partition, headers=list(headers))
    return Resent(letter), future


async def _acknowledged(waiting: Iterable[Sent]) -> AsyncIterator[Resent]:
    """Yields each once the broker has it."""
    for resent, future in waiting:
        if future is None:
            yield resent
        else:
            there = await future
            yield resent._replace(to=f"{there.topic}/{there.partition}/{there.offset}")


async def _partitions(settings: Settings, topics: Collection[str]) -> Mapping[str, int]:
    """Returns how many partitions the input topics among these have."""
    async with admin(settings) as asked:
        return await partition_counts(asked, sorted(REPLAYABLE.intersection(topics)))


async def _replayed_before(
    settings: Settings, written_at: Mapping[Origin, int]
) -> dict[Origin, str]:
    """Returns where on the input topics replays of these dead letters lie."""
    named = {written(origin).encode(): origin for origin in written_at}
    since: dict[tuple[str, int], int] = defaultdict(lambda: 2**63)
    for origin, at in written_at.items():
        since[origin.topic, origin.partition] = min(since[origin.topic, origin.partition], at)
    counts = await _partitions(settings, {topic for topic, _ in since})
    found: dict[Origin, str] = {}
    async with consumer(settings) as client:
        for (topic, partition), at in since.items():
            if partition >= counts.get(topic, 0):
                continue
            async for record in read_since(client, topic, partition, max(0, at - SKEW_MS)):
                replayed = named.get(record.header(REPLAY_OF))
                if replayed is not None:
                    found[replayed] = f"{topic}/{partition}/{record.offset}"
    return found
