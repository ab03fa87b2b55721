"""What the verification asks of a cluster, and nothing more: it reads, and joins no group."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from typing import Protocol

from worker.lane.processor import Record, TopicPartition


class Logs(Protocol):
    """A cluster, as a `read_committed` reader sees it."""

    async def partitions(self, topics: Collection[str]) -> Mapping[str, int]:
        """Returns the number of partitions of each topic that exists."""

    async def beginnings(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Returns the first offset that each partition still holds."""

    async def ends(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Returns an end of each partition before which nothing written by now is hidden by an open transaction."""

    async def offsets_at(
        self, places: Collection[TopicPartition], time_ms: int
    ) -> Mapping[TopicPartition, int]:
        """Returns for each partition the first offset of that time (UTC ms) or later, its end where there is none."""

    async def stable_ends(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Returns the end of each partition as it is now: before what an open transaction hides."""

    def read(
        self, place: TopicPartition, start: int, end: int
    ) -> AsyncGenerator[Sequence[Record], None]:
        """Yields what lies between two offsets, in order; `SpanDeleted` where some of it is deleted meanwhile."""
