"""What the topics hold of one lead: its record, its messages on the spine, its outcomes.

Reads one partition of each topic, in no group, as a `read_committed` reader sees it. It keeps what is the lead's and
nothing else, so its memory does not grow with the topics.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

import orjson
from aiokafka import AIOKafkaConsumer

from schemas import spine
from schemas.spine import PolicyInForce
from topics.catalogue import OUTCOMES, SPINE, lifecycle_changelog
from worker.lane.errors import ChangelogDamaged
from worker.lane.positions import POSITION_KEY
from worker.lane.processor import Record
from worker.lane.table import Table
from worker.lifecycle.record import Lead
from worker.stream.admin import admin, partition_counts
from worker.stream.lifecycle import POLICY_KEY, state_of
from worker.stream.partitioner import partition_of
from worker.stream.reader import NoSuchTopic, consumer, read_partition
from worker.stream.settings import Settings

MOST_OUTCOMES = 10_000
"""Outcomes of one lead kept from each topic, the newest: some 10 MB, and years of a busy life."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the changelog keeps of a lead: its record, the policy in force, and the offset read up to on the spine."""

    value: bytes
    lead: Lead
    policy: PolicyInForce
    position: int


class Lookup:
    """Looks up one lead in the partition it hashes to."""

    def __init__(
        self, settings: Settings, client: AIOKafkaConsumer, lead_id: str, partitions: int
    ) -> None:
        self.partition = partition_of(lead_id.encode(), partitions)
        self._key = lead_id.encode()
        self._client = client
        self._changelog = lifecycle_changelog(settings.application_id).name
        self._source = f"/lead-router/{settings.application_id}".encode()

    async def kept(self) -> Kept | None:
        """Returns what the changelog keeps of the lead, None where it does not know it.

        Raises `ChangelogDamaged` and `WrittenByNewer`, as a lane would.
        """
        found: dict[bytes, bytes | None] = {}
        own = Table()
        async for record in self._read(self._changelog):
            if record.key in {self._key, POLICY_KEY}:
                found[record.key] = record.value
            elif record.key == POSITION_KEY:
                own.recover((record,))
        value, policy = found.get(self._key), found.get(POLICY_KEY)
        if value is None or policy is None:
            return None
        lead, in_force = state_of(value), state_of(policy)
        if not isinstance(lead, Lead) or not isinstance(in_force, PolicyInForce):
            raise ChangelogDamaged(
                f"{self._changelog} keeps a policy for a lead, or a lead for a policy"
            )
        return Kept(value, lead, in_force, own.positions.get(SPINE.name, 0))

    async def first_policy(self) -> PolicyInForce | None:
        """Returns the first policy that the partition of the spine names."""
        async with aclosing(self._read(SPINE.name)) as records:
            async for record in records:
                if record.key is None and isinstance(found := _message(record), PolicyInForce):
                    return found
        return None

    async def told(self, until: int) -> AsyncIterator[tuple[Record, spine.SpineMessage]]:
        """Yields what the spine tells of the lead before the offset `until`, and each policy that it names."""
        async for record in self._read(SPINE.name, until):
            if record.key is None or record.key == self._key:
                yield record, _message(record)

    async def published(self) -> dict[str, bytes]:
        """Returns the lead's outcomes of this installation, by event id."""
        found: dict[str, bytes] = {}
        for topic in OUTCOMES:
            values: dict[str, bytes] = {}
            async for record in self._read(topic.name):
                if record.key == self._key and ("ce_source", self._source) in record.headers:
                    value = record.value or b""
                    values[orjson.loads(value)["event_id"]] = value
                    if len(values) > MOST_OUTCOMES:
                        del values[next(iter(values))]
            found |= values
        return found

    def _read(self, topic: str, until: int | None = None) -> AsyncGenerator[Record, None]:
        return read_partition(self._client, topic, self.partition, until)


def _message(record: Record) -> spine.SpineMessage:
    message: spine.SpineMessage = spine.decode(record.value or b"")
    return message


@asynccontextmanager
async def lookup(settings: Settings, lead_id: str) -> AsyncIterator[Lookup]:
    """Yields a Lookup for a lead; NoSuchTopic where this installation has no topics."""
    changelog = lifecycle_changelog(settings.application_id).name
    wanted = (SPINE.name, changelog, *(topic.name for topic in OUTCOMES))
    async with admin(settings) as asked:
        counts = await partition_counts(asked, wanted)
    for name in wanted:
        if name not in counts:
            raise NoSuchTopic(name)
    async with consumer(settings) as client:
        yield Lookup(settings, client, lead_id, counts[SPINE.name])
