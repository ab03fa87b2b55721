"""A consumer group in memory: deals partition numbers to its members, and can lose one without telling it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Protocol

from worker.lane.memory_cluster import Cluster
from worker.lane.processor import TopicPartition


class Member(Protocol):
    """A source that takes part in a group."""

    @property
    def policy(self) -> str:
        """What it says of its policy."""

    async def revoked(self) -> None:
        """Hears that the group deals anew."""

    async def assigned(self, places: Collection[TopicPartition]) -> None:
        """Hears what it got."""


class Group:
    """The members, and who reads what."""

    def __init__(self, name: str, cluster: Cluster, topics: Collection[str]) -> None:
        self.name = name
        self._cluster = cluster
        self._topics = tuple(topics)
        self._members: list[Member] = []
        self._dealing = asyncio.Lock()

    async def join(self, member: Member) -> None:
        """Takes a member in and deals anew."""
        async with self._dealing:
            await self._park()
            self._members.append(member)
            await self._deal()

    async def leave(self, member: Member) -> None:
        """Lets a member go and deals anew."""
        async with self._dealing:
            if member in self._members:
                self._members.remove(member)
                await self._park()
                await self._deal()

    def policies(self) -> list[str] | None:
        """Returns what each member says of its policy; None while they are dealt to."""
        return None if self._dealing.locked() else [member.policy for member in self._members]

    async def evict(self, member: Member) -> None:
        """Gives a member's partitions to the others; it does not hear of it, as if it were dead or frozen."""
        await self.leave(member)

    async def _park(self) -> None:
        await asyncio.gather(*(member.revoked() for member in self._members))

    async def _deal(self) -> None:
        numbers = sorted({place.partition for place in self._places()})
        shares: list[list[TopicPartition]] = [[] for _ in self._members]
        for place in self._places():
            if shares:
                shares[numbers.index(place.partition) % len(shares)].append(place)
        await asyncio.gather(
            *(member.assigned(share) for member, share in zip(self._members, shares, strict=True))
        )

    def _places(self) -> list[TopicPartition]:
        return sorted(place for place in self._cluster.partitions if place.topic in self._topics)
