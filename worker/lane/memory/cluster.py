"""A Kafka cluster in memory, as far as a record path can tell: partitions, transactions, fencing, groups.

It models what a lane's promise rests on: transaction markers take offsets; an open transaction holds back the last
stable offset, and with it everything behind; aborted records stay in the log and are skipped; a new InitProducerId
fences the old producer and ends its transaction; compaction and retention leave holes; a leader of before answers as
of then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from worker.lane.log import Message, WriterLost
from worker.lane.memory.partition import Partition
from worker.lane.processor import TopicPartition


@dataclass(frozen=True, slots=True)
class Written:
    """The answer to messages that were written: the offset of the first."""

    offset: int


@dataclass(slots=True)
class Transactional:
    """What the coordinator knows of one transactional id."""

    producer: int
    epoch: int = 0
    places: set[TopicPartition] = field(default_factory=set)
    deciding: bool | None = None
    """Whether the transaction's end was decided (True: commit) and its markers are not yet written."""


class Cluster:
    """All topics, all transactional ids, all group offsets."""

    def __init__(self) -> None:
        self.partitions: dict[TopicPartition, Partition] = {}
        self.group_offsets: dict[str, dict[TopicPartition, int]] = {}
        self.ids: dict[str, str] = {}
        self.leaderless: set[TopicPartition] = set()
        self.soon: Callable[[Callable[[], None]], object] = _in_the_next_step
        """When the markers of a decided transaction are written."""
        self._waiting: dict[TopicPartition, list[asyncio.Event]] = {}
        self._ids: dict[str, Transactional] = {}
        self._producers = 0

    def create(self, topic: str, partitions: int) -> None:
        """Makes a topic."""
        self.ids[topic] = f"{topic} {len(self.ids)}"
        for number in range(partitions):
            place = TopicPartition(topic, number)
            self.partitions[place] = Partition(place)

    def count(self, topic: str) -> int:
        """Returns the number of partitions of a topic."""
        return sum(place.topic == topic for place in self.partitions)

    def idempotent(self) -> int:
        """Returns a producer id."""
        self._producers += 1
        return self._producers

    def init_producer(self, transactional_id: str) -> tuple[int, int]:
        """Fences the id's producer, ends its transaction, and returns (producer id, epoch)."""
        one = self._ids.get(transactional_id)
        if one is None:
            one = self._ids[transactional_id] = Transactional(self.idempotent())
        else:
            self._finish(one, commit=bool(one.deciding))
            one.epoch += 1
        return one.producer, one.epoch

    def append(
        self, place: TopicPartition, producer: int, messages: Sequence[Message], timestamp_ms: int
    ) -> None:
        """Writes records outside transactions."""
        self.partitions[place].append(producer, messages, timestamp_ms)
        self._wake([place])

    def append_in(
        self,
        transactional_id: str,
        epoch: int,
        place: TopicPartition,
        messages: Sequence[Message],
        timestamp_ms: int,
    ) -> None:
        """Writes records in the id's transaction, which begins in this partition with the first of them."""
        one = self._current(transactional_id, epoch)
        if one.deciding is not None:
            self._finish(one, commit=one.deciding)
        partition = self.partitions[place]
        one.places.add(place)
        partition.open.setdefault(one.producer, partition.end)
        partition.append(one.producer, messages, timestamp_ms)

    def decide(self, transactional_id: str, epoch: int, *, commit: bool) -> None:
        """Decides the end of a transaction; its markers are written soon, or by whoever needs them first."""
        one = self._current(transactional_id, epoch)
        if one.deciding is not None and one.deciding != commit:
            raise WriterLost("InvalidTxnState")
        one.deciding = commit
        self.soon(lambda: self.settle(transactional_id))

    def settle(self, transactional_id: str) -> None:
        """Writes the markers of a decided transaction."""
        one = self._ids[transactional_id]
        if one.deciding is not None:
            self._finish(one, commit=one.deciding)

    def expire(self, transactional_id: str) -> None:
        """Ends a transaction that has been open for too long, and fences its producer."""
        one = self._ids[transactional_id]
        self._finish(one, commit=bool(one.deciding))
        one.epoch += 1

    def compact(self, place: TopicPartition) -> None:
        """Keeps of each key the last committed record, at its offset; markers and aborted records may go too."""
        partition = self.partitions[place]
        stable = partition.stable_end()
        last = {
            entry.record.key: entry.offset
            for entry in partition.entries
            if entry.record is not None and not entry.aborted and entry.offset < stable
        }
        kept = set(last.values())
        partition.entries = [
            entry
            for entry in partition.entries
            if entry.offset >= stable or entry.offset in kept or entry.offset == partition.end - 1
        ]

    def delete_before(self, place: TopicPartition, offset: int) -> None:
        """Forgets what lies before an offset, as retention does."""
        partition = self.partitions[place]
        partition.entries = [entry for entry in partition.entries if entry.offset >= offset]
        partition.begin = offset

    def _current(self, transactional_id: str, epoch: int) -> Transactional:
        one = self._ids[transactional_id]
        if one.epoch != epoch:
            raise WriterLost("ProducerFenced")
        return one

    def _finish(self, one: Transactional, *, commit: bool) -> None:
        places, one.places, one.deciding = sorted(one.places), set(), None
        for place in places:
            self.partitions[place].mark(one.producer, commit=commit)
        self._wake(places)

    def has_beyond(self, positions: Mapping[TopicPartition, int]) -> bool:
        """Returns whether one of these positions may move on."""
        return any(self.partitions[one].stable_end() > at for one, at in positions.items())

    async def news(self, positions: Mapping[TopicPartition, int], seconds: float) -> bool:
        """Waits within the time until something was written behind these positions, and returns whether it was."""
        if self.has_beyond(positions):
            return True
        woken = asyncio.Event()
        for place in positions:
            self._waiting.setdefault(place, []).append(woken)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await woken.wait()
        finally:
            for place in positions:
                if woken in (waiting := self._waiting.get(place, [])):
                    waiting.remove(woken)
        return woken.is_set()

    def _wake(self, places: Iterable[TopicPartition]) -> None:
        for place in places:
            for woken in self._waiting.pop(place, ()):
                woken.set()


def _in_the_next_step(do: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_soon(do)
