"""The log of `log.py` over a cluster in memory, for tests and simulation.

Each process of a simulation has a `MemoryLog` of its own, and a `Line` to the cluster over which every request goes:
what may happen to a request on the way, happens there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from functools import partial

from worker.lane.failpoints import failpoint
from worker.lane.log import Acknowledged, Message, Take, WholeRead
from worker.lane.memory.cluster import Cluster, Written
from worker.lane.memory.group import Group
from worker.lane.memory.line import Line, StraightLine
from worker.lane.memory.source import MemoryFollower, MemorySource
from worker.lane.processor import Record, TopicPartition

RECOVERED_AT_ONCE = 10
"""Records of a changelog that a fetch brings."""


class MemoryWriter:
    """A producer of a cluster in memory."""

    batched = 16
    """Messages for one partition that go in one request outside a transaction, whose own are decided together."""

    def __init__(self, log: MemoryLog, transactional_id: str | None) -> None:
        self._log = log
        self._id = transactional_id
        self._producer, self._epoch = 0, 0
        self.held_until = 0.0

    async def open(self) -> None:
        """Fences the predecessors."""
        cluster = self._log.cluster
        if self._id is None:
            self._producer = await self._log.line.ask("init", cluster.idempotent)
        else:
            ask = partial(cluster.init_producer, self._id)
            self._producer, self._epoch = await self._log.line.ask("init", ask)

    async def begin(self, topics: Iterable[str] = ()) -> None:
        """Begins a transaction; the cluster hears of it with the first record."""

    async def send(
        self, place: TopicPartition, messages: Sequence[Message], timestamp_ms: int
    ) -> Sequence[Awaitable[Acknowledged]]:
        """Hands over messages for one partition, in order; outside a transaction in batches, one after the other."""
        acknowledgements = list[Awaitable[Acknowledged]]()
        size = self.batched if self._id is None else max(len(messages), 1)
        for start in range(0, len(messages), size):
            if acknowledgements:
                await acknowledgements[-1]
            batch = messages[start : start + size]
            write = partial(self._write, place, batch, timestamp_ms)
            ask = self._log.line.ask(f"append {place.topic}", write)
            acknowledgements.append(asyncio.ensure_future(ask))
        return acknowledgements

    def _write(
        self, place: TopicPartition, messages: Sequence[Message], timestamp_ms: int
    ) -> Written:
        cluster = self._log.cluster
        if self._id is None:
            cluster.append(place, self._producer, messages, timestamp_ms)
        else:
            cluster.append_in(self._id, self._epoch, place, messages, timestamp_ms)
        return Written(cluster.partitions[place].end - len(messages))

    async def commit(self) -> None:
        """Decides the transaction; its markers follow later, as on a broker."""
        if self._id is not None:
            decide = partial(self._log.cluster.decide, self._id, self._epoch, commit=True)
            await self._log.line.ask("commit", decide)

    async def close(self) -> None:
        """Ends an idle writer."""

    async def abandon(self) -> None:
        """Drops a writer as it is."""


class MemoryLog:
    """One process's connection to a cluster in memory."""

    def __init__(self, cluster: Cluster, line: Line | None = None) -> None:
        self.cluster = cluster
        self.line = line or StraightLine()

    async def open_writer(self, transactional_id: str | None) -> MemoryWriter:
        """Opens a writer, and fences its predecessors if it has an id."""
        writer = MemoryWriter(self, transactional_id)
        await writer.open()
        return writer

    async def read_all(self, place: TopicPartition, take: Take) -> WholeRead:
        """Reads a partition up to its read_committed end as of now."""
        end, at, count = (await self.ends([place]))[place], 0, 0
        while at < end:
            read = partial(self.cluster.partitions[place].read, at, RECOVERED_AT_ONCE)
            records, at = await self.line.ask("read", read)
            if count:
                failpoint("recovering")
            take(records)
            count += len(records)
        return WholeRead(count, end)

    async def find(self, place: TopicPartition, wanted: Callable[[Record], bool]) -> Record | None:
        """Returns the first record wanted of a partition."""
        records, _ = await self.line.ask(
            "find", partial(self.cluster.partitions[place].read, 0, 1 << 40)
        )
        return next(filter(wanted, records), None)

    async def beginnings(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Returns the first offset that each partition still holds."""
        held = self.cluster.partitions
        return await self.line.ask(
            "beginnings", lambda: {place: held[place].begin for place in places}
        )

    async def ends(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Returns the last stable offset of each partition."""
        held = self.cluster.partitions
        if not self.cluster.leaderless.isdisjoint(places):
            raise TimeoutError
        return await self.line.ask(
            "ends", lambda: {place: held[place].stable_end() for place in places}
        )

    async def partitions(self, topics: Collection[str]) -> Mapping[str, int]:
        """Returns the number of partitions of each topic."""
        count = self.cluster.count
        return await self.line.ask("partitions", lambda: {topic: count(topic) for topic in topics})

    async def ids(self, topics: Collection[str]) -> Mapping[str, str]:
        """Returns the id of each topic."""
        known = self.cluster.ids
        return {topic: known[topic] for topic in topics if topic in known}

    async def leaderless(self, topics: Collection[str]) -> Collection[TopicPartition]:
        """Returns the partitions of topics that nobody leads."""
        return {place for place in self.cluster.leaderless if place.topic in topics}

    async def close(self) -> None:
        """Ends nothing."""

    def source(self, group: Group, policy: str = "", instance: str = "") -> MemorySource:
        """Returns a member of a group, with static membership if it has an instance name."""
        return MemorySource(self.cluster, self.line, group, policy=policy, instance=instance)

    def follower(self, topics: Collection[str]) -> MemoryFollower:
        """Returns a reader of whole topics."""
        return MemoryFollower(self.cluster, self.line, topics)
