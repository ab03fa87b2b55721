"""The cluster of a life: topics, groups, what producers write, and what the broker does by itself."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable, Sequence
from contextvars import Context
from hashlib import sha256

from topics.catalogue import ACCOUNT_LOG, RELAYED, SPINE, catalogue
from worker.lane.limits import Limits
from worker.lane.log import Message
from worker.lane.memory.cluster import Cluster
from worker.lane.memory.group import Group
from worker.lane.processor import TopicPartition
from worker.ops.traffic import Produced
from worker.stream.partitioner import partition_of

PARTITIONS = 2
APPLICATION = "simulated"
NOON = 1_790_000_000_000
"""The wall clock when a life begins (UTC ms)."""
MARKER_SECONDS = 0.01
SLOW_MARKERS = 0.03
"""The share of transactions whose markers take a thousand times as long."""
LOOKS_FOR_OLD_SECONDS = 10.0
"""How often the broker looks for transactions that are open for too long."""

COMPACTED = tuple(one.name for one in catalogue(APPLICATION) if one.cleanup == "compact")


class Broker(Cluster):
    """A cluster that writes markers in its own time, and ends transactions that are open for too long."""

    def __init__(self, dice: random.Random, limits: Limits) -> None:
        super().__init__()
        self.soon = self._soon
        self._dice = dice
        self._limits = limits
        self._begun: dict[str, float] = {}
        self.came: dict[tuple[TopicPartition, int], float] = {}
        """When each record came, by place and offset."""

    def append(
        self, place: TopicPartition, producer: int, messages: Sequence[Message], timestamp_ms: int
    ) -> None:
        """Writes records, and notes when they came."""
        super().append(place, producer, messages, timestamp_ms)
        self._note(place, len(messages))

    def append_in(
        self,
        transactional_id: str,
        epoch: int,
        place: TopicPartition,
        messages: Sequence[Message],
        timestamp_ms: int,
    ) -> None:
        """Writes records in a transaction, and notes when they came and it began."""
        super().append_in(transactional_id, epoch, place, messages, timestamp_ms)
        self._note(place, len(messages))
        if len(self._ids[transactional_id].places) == 1:
            self._begun.setdefault(transactional_id, asyncio.get_running_loop().time())

    def _note(self, place: TopicPartition, count: int) -> None:
        end, now = self.partitions[place].end, asyncio.get_running_loop().time()
        self.came.update({(place, offset): now for offset in range(end - count, end)})

    def open_transactions(self) -> list[str]:
        """Returns the ids whose transactions are open."""
        return sorted(one for one, state in self._ids.items() if state.places)

    async def look_for_old(self) -> None:
        """Ends transactions that are open for too long, as long as anybody cares."""
        while True:
            await asyncio.sleep(LOOKS_FOR_OLD_SECONDS)
            opened = self.open_transactions()
            self._begun = {one: at for one, at in self._begun.items() if one in opened}
            limit = asyncio.get_running_loop().time() - self._limits.transaction_seconds
            for one, at in self._begun.items():
                if at < limit:
                    self.expire(one)

    def _soon(self, do: Callable[[], None]) -> None:
        seconds = self._dice.expovariate(1 / MARKER_SECONDS)
        if self._dice.random() < SLOW_MARKERS:
            seconds *= 1000
        asyncio.get_running_loop().call_later(seconds, do, context=Context())


class World:
    """Everything that is no worker."""

    def __init__(self, dice: random.Random, limits: Limits, broker: type[Broker] = Broker) -> None:
        self.cluster = broker(dice, limits)
        self.counts = {topic.name: PARTITIONS for topic in catalogue(APPLICATION)}
        for topic, count in self.counts.items():
            self.cluster.create(topic, count)
        inputs = {
            "intake": [topic.name for topic in RELAYED],
            "lifecycle": [SPINE.name],
            "accounts": [ACCOUNT_LOG.name],
        }
        self.groups = {
            name: Group(f"{APPLICATION}.{name}", self.cluster, topics, limits)
            for name, topics in inputs.items()
        }
        self.written_ms: dict[tuple[str, int, int], int] = {}
        """When each record of an input really came, which its timestamp does not say."""

    def now_ms(self) -> int:
        """Returns the true time."""
        return NOON + int(asyncio.get_running_loop().time() * 1000)

    def came_ms(self, place: TopicPartition, offset: int) -> int:
        """Returns when a record came, which its timestamp does not say."""
        return NOON + int(self.cluster.came[place, offset] * 1000)

    def produce(self, records: Iterable[Produced]) -> None:
        """Writes what producers say."""
        for topic, key, value, headers, timestamp_ms in records:
            place = TopicPartition(topic, partition_of(key, PARTITIONS))
            self._write(place, (key, value, headers), timestamp_ms)

    def produce_again(self, count: int) -> None:
        """Lets producers write once more what they wrote last, as whoever did not hear that it was there."""
        for topic, number, offset in list(self.written_ms)[-count:]:
            place = TopicPartition(topic, number)
            (one,), _ = self.cluster.partitions[place].read(offset, 1)
            self._write(place, (one.key, one.value, one.headers), self.now_ms())

    async def produce_in_time(self, records: Iterable[Produced]) -> None:
        """Writes each record when its time has come."""
        for record in records:
            wait_ms = record.timestamp_ms - self.now_ms()
            if wait_ms > 0:
                await asyncio.sleep(wait_ms / 1000)
            self.produce([record])

    def compact(self) -> None:
        """Compacts what is compacted."""
        for place in sorted(self.cluster.partitions):
            if place.topic in COMPACTED:
                self.cluster.compact(place)

    def lag(self) -> int:
        """Returns how far lag tools see the groups behind, over all inputs."""
        return sum(
            self.cluster.partitions[place].end - offsets.get(place, 0)
            for group in self.groups.values()
            for offsets in [self.cluster.group_offsets.get(group.name, {})]
            for place in group.places()
        )

    def digest(self) -> str:
        """Returns what tells what all topics hold from anything else they might."""
        hashed = sha256()
        for place, partition in sorted(self.cluster.partitions.items()):
            hashed.update(repr(place).encode())
            for entry in partition.entries:
                hashed.update(repr((entry.offset, entry.aborted, entry.record)).encode())
        return hashed.hexdigest()

    def _write(self, place: TopicPartition, message: Message, timestamp_ms: int) -> None:
        origin = (place.topic, place.partition, self.cluster.partitions[place].end)
        self.written_ms[origin] = self.now_ms()
        self.cluster.append(place, 0, [message], timestamp_ms)
