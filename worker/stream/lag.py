"""How far behind the consumer groups are, in messages and in seconds, as any Kafka tool sees it.

Group offsets are what the workers wrote for such tools, at most a second ago. Seconds are the age of the oldest message
that is not yet processed; a partition without one is not behind, whatever markers lie at its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from topics.catalogue import ACCOUNT_LOG, RELAYED, SPINE
from worker.lane.clock import wall_ms
from worker.lane.kafka.rights import allowed
from worker.stream.admin import admin, partition_counts
from worker.stream.connection import BrokerTrouble
from worker.stream.reader import consumer
from worker.stream.settings import Settings

PEEK_SECONDS = 10
"""How long the oldest unread messages may take to arrive: a request's time-out."""


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a group is behind on one partition; `committed` is None where it has written no offset yet."""

    group: str
    topic: str
    partition: int
    committed: int | None
    end: int
    messages: int
    seconds: float


def groups_of(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Returns the topics that each consumer group reads."""
    return {
        settings.intake_group: tuple(topic.name for topic in RELAYED),
        settings.lifecycle_group: (SPINE.name,),
        settings.accounts_group: (ACCOUNT_LOG.name,),
    }


class LagReader:
    """Measures lag again and again over the same connections."""

    def __init__(
        self,
        groups: Mapping[str, Collection[str]],
        admin: AIOKafkaAdminClient,
        client: AIOKafkaConsumer,
    ) -> None:
        self._groups = groups
        self._admin = admin
        self._client = client

    async def read(self) -> list[Lag]:
        """Returns the lag of every group on each partition of the topics that are there."""
        return [lag for group in self._groups for lag in await self._group(group)]

    async def missing(self) -> list[str]:
        """Returns the topics that groups read and the cluster lacks."""
        read = [topic for topics in self._groups.values() for topic in topics]
        there = await partition_counts(self._admin, read)
        return [topic for topic in read if topic not in there]

    async def _group(self, group: str) -> list[Lag]:
        """Returns the lag of one group."""
        counts = await partition_counts(self._admin, self._groups[group])
        places = [
            TopicPartition(topic, partition)
            for topic, count in counts.items()
            for partition in range(count)
        ]
        committed = await self._committed(group)
        beginnings = await self._client.beginning_offsets(places)
        ends = await self._client.end_offsets(places)
        positions = {place: max(committed.get(place, 0), beginnings[place]) for place in places}
        behind = {place: at for place, at in positions.items() if at < ends[place]}
        oldest = await self._oldest(behind, ends)
        now = wall_ms()
        return [
            Lag(
                group,
                place.topic,
                place.partition,
                committed.get(place),
                ends[place],
                ends[place] - positions[place] if place in oldest else 0,
                max(0.0, (now - oldest[place]) / 1_000) if place in oldest else 0.0,
            )
            for place in places
        ]

    async def _committed(self, group: str) -> dict[TopicPartition, int]:
        """Returns the offsets that a group has written; none where no group ever met."""
        try:
            with allowed("see", group):
                found = await self._admin.list_consumer_group_offsets(group)
        except GroupCoordinatorNotAvailableError:
            return {}
        return {place: entry.offset for place, entry in found.items() if entry.offset >= 0}

    async def _oldest(
        self, behind: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, int]:
        """Returns the timestamp of the first message from each position to its end, where there is one."""
        if not behind:
            return {}
        self._client.assign(list(behind))
        for place, position in behind.items():
            self._client.seek(place, position)
        try:
            return await self._peeked(list(behind), ends)
        finally:
            self._client.unsubscribe()  # else its next fetch, a long poll, goes before the next look's questions

    async def _peeked(
        self, unread: list[TopicPartition], ends: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, int]:
        oldest: dict[TopicPartition, int] = {}
        clock = asyncio.get_running_loop().time
        given_up = clock() + PEEK_SECONDS
        while unread:
            if clock() > given_up:
                raise BrokerTrouble(f"{unread[0].topic} could not be read for {PEEK_SECONDS} s")
            for place, records in (await self._client.getmany(*unread, timeout_ms=100)).items():
                oldest[place] = records[0].timestamp_ms
            unread = [
                place
                for place in unread
                if place not in oldest and await self._client.position(place) < ends[place]
            ]
        return oldest


@asynccontextmanager
async def lag_reader(settings: Settings) -> AsyncIterator[LagReader]:
    """Yields a connected LagReader; raises BrokerTrouble where there is no connecting."""
    async with admin(settings) as asked, consumer(settings) as client:
        yield LagReader(groups_of(settings), asked, client)
