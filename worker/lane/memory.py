"""The log of `log.py` over a cluster in memory, for tests and simulation.

Each process of a simulation has a `MemoryLog` of its own. Its `tap` is told before and after everything that reaches
the cluster; a tap that raises is a process that dies there.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from worker.lane.log import Acknowledged, Chunk, Members, Message, Take
from worker.lane.memory_cluster import Cluster, Written
from worker.lane.memory_group import Group
from worker.lane.processor import Record, TopicPartition

Tap = Callable[[str], None]


def _untapped(_: str) -> None:
    """Lets everything pass."""


class MemoryWriter:
    """A producer of a cluster in memory."""

    def __init__(self, log: MemoryLog, transactional_id: str | None) -> None:
        self._log = log
        self._id = transactional_id
        self._producer, self._epoch = 0, 0

    async def open(self) -> None:
        """Fences the predecessors."""
        async with self._log.reaching("init"):
            if self._id is None:
                self._producer = self._log.cluster.idempotent()
            else:
                self._producer, self._epoch = self._log.cluster.init_producer(self._id)

    async def begin(self) -> None:
        """Begins a transaction; the cluster hears of it with the first record."""

    async def send(
        self, place: TopicPartition, messages: Sequence[Message], timestamp_ms: int
    ) -> Sequence[Awaitable[Acknowledged]]:
        """Hands over messages for one partition, in order."""
        return [asyncio.ensure_future(self._append(place, list(messages), timestamp_ms))]

    async def _append(
        self, place: TopicPartition, messages: Sequence[Message], timestamp_ms: int
    ) -> Written:
        cluster = self._log.cluster
        async with self._log.reaching(f"append {place.topic}"):
            written = Written(cluster.partitions[place].end)
            if self._id is None:
                cluster.append(place, self._producer, messages, timestamp_ms)
            else:
                cluster.append_in(self._id, self._epoch, place, messages, timestamp_ms)
        return written

    async def commit(self) -> None:
        """Decides the transaction; its markers follow later, as on a broker."""
        if self._id is None:
            return
        cluster, transactional_id = self._log.cluster, self._id
        async with self._log.reaching("commit"):
            cluster.decide(transactional_id, self._epoch, commit=True)
            asyncio.get_running_loop().call_soon(cluster.settle, transactional_id)

    async def close(self) -> None:
        """Ends an idle writer."""

    async def abandon(self) -> None:
        """Drops a writer as it is."""


class Reach:
    """One request: the tap may cut it off before the cluster has seen it, or after."""

    def __init__(self, tap: Tap, name: str) -> None:
        self._tap, self._name = tap, name

    async def __aenter__(self) -> None:
        await asyncio.sleep(0)
        self._tap(f"before {self._name}")

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._tap(f"after {self._name}")
        await asyncio.sleep(0)


class MemoryLog:
    """One process's connection to a cluster in memory."""

    def __init__(self, cluster: Cluster, tap: Tap = _untapped) -> None:
        self.cluster = cluster
        self._tap = tap

    def reaching(self, name: str) -> Reach:
        """Wraps one request to the cluster."""
        return Reach(self._tap, name)

    async def open_writer(self, transactional_id: str | None) -> MemoryWriter:
        """Opens a writer, and fences its predecessors if it has an id."""
        writer = MemoryWriter(self, transactional_id)
        await writer.open()
        return writer

    async def read_all(self, place: TopicPartition, take: Take) -> int:
        """Reads a partition up to its read_committed end as of now."""
        async with self.reaching("read"):
            records, _ = self.cluster.partitions[place].read(0, 1 << 40)
        for record in records:
            self._tap("during read")
            take(record.key or b"", record.value)
        return len(records)

    async def find(self, place: TopicPartition, wanted: Callable[[Record], bool]) -> Record | None:
        """Returns the first record wanted of a partition."""
        async with self.reaching("find"):
            records, _ = self.cluster.partitions[place].read(0, 1 << 40)
        return next(filter(wanted, records), None)

    async def beginnings(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Returns the first offset that each partition still holds."""
        async with self.reaching("beginnings"):
            return {place: self.cluster.partitions[place].begin for place in places}

    async def ends(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Returns the last stable offset of each partition."""
        async with self.reaching("ends"):
            return {place: self.cluster.partitions[place].stable_end() for place in places}

    async def partitions(self, topics: Collection[str]) -> Mapping[str, int]:
        """Returns the number of partitions of each topic."""
        return {topic: self.cluster.count(topic) for topic in topics}

    async def close(self) -> None:
        """Ends nothing."""

    def source(self, group: Group, policy: str = "") -> MemorySource:
        """Returns a member of a group."""
        return MemorySource(self.cluster, group, policy)

    def follower(self, topics: Collection[str]) -> MemoryFollower:
        """Returns a reader of whole topics."""
        return MemoryFollower(self.cluster, topics)


class MemorySource:
    """A member of a group in memory."""

    def __init__(self, cluster: Cluster, group: Group, policy: str = "") -> None:
        self.policy = policy
        self._cluster = cluster
        self._group = group
        self._at: dict[TopicPartition, int] = {}
        self._members: Members | None = None

    async def start(self, members: Members) -> None:
        """Joins the group."""
        self._members = members
        await self._group.join(self)

    async def stop(self) -> None:
        """Leaves the group."""
        await self._group.leave(self)

    async def revoked(self) -> None:
        """Passes on that the group deals anew."""
        self._at.clear()
        if self._members is not None:
            await self._members.revoked()

    async def assigned(self, places: Collection[TopicPartition]) -> None:
        """Passes on what this member got."""
        if self._members is not None:
            await self._members.assigned(places)

    def seek(self, positions: Mapping[TopicPartition, int]) -> None:
        """Reads on from these positions."""
        self._at.update(positions)

    async def poll(
        self, wanted: Collection[TopicPartition], max_records: int, timeout_ms: int
    ) -> Sequence[Chunk]:
        """Returns what there is, waiting for something new if there is nothing."""
        changed = self._cluster.changed
        chunks = self._chunks(wanted, max_records)
        if not chunks:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_ms / 1000):
                    await changed.wait()
            chunks = self._chunks(wanted, max_records)
        return chunks

    def known_end(self, place: TopicPartition) -> int | None:
        """Returns the last stable offset."""
        return self._cluster.partitions[place].stable_end()

    async def commit(self, positions: Mapping[TopicPartition, int]) -> None:
        """Writes group offsets."""
        self._cluster.group_offsets.setdefault(self._group.name, {}).update(positions)

    async def policies(self) -> Sequence[str] | None:
        """Returns the policy of each member."""
        return self._group.policies()

    def _chunks(self, wanted: Collection[TopicPartition], most: int) -> list[Chunk]:
        chunks = []
        for place in wanted:
            start = self._at.get(place)
            if start is None:
                continue
            records, end = self._cluster.partitions[place].read(start, most)
            if end > start:
                self._at[place] = end
                chunks.append(Chunk(place, start, records, end))
        return chunks


class MemoryFollower:
    """Reads whole topics of a cluster in memory."""

    def __init__(self, cluster: Cluster, topics: Collection[str]) -> None:
        self._cluster = cluster
        self._at = {place: 0 for place in cluster.partitions if place.topic in topics}

    async def start(self) -> None:
        """Begins at the beginning."""

    async def stop(self) -> None:
        """Ends."""

    async def poll(self, timeout_ms: int) -> Sequence[Record]:
        """Returns what is new, waiting for it within the time."""
        await asyncio.sleep(timeout_ms / 1000)
        new: list[Record] = []
        for place, start in self._at.items():
            records, self._at[place] = self._cluster.partitions[place].read(start, 1 << 40)
            new += records
        return new
