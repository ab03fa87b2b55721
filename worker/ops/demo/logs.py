"""What the topics hold when all is done, read back as any `read_committed` consumer sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from topics.catalogue import (
    ACCOUNT_ACTIVITY,
    ACCOUNT_LOG,
    DEAD_LETTER,
    INPUTS,
    OUTCOMES,
    RAW,
    SPINE,
)
from worker.lane.processor import Record, TopicPartition
from worker.stream.admin import topics_found
from worker.stream.reader import consumer
from worker.stream.settings import Settings

PRODUCED = (*INPUTS, *RAW)
POLL_MS = 200


@dataclass(frozen=True)
class Logs:
    """The records of each topic, partition after partition, each in the order of its offsets."""

    records: Mapping[str, list[Record]]

    @property
    def inputs(self) -> Iterator[Record]:
        """What was produced, vendors' bodies included."""
        return (record for topic in PRODUCED for record in self.records[topic.name])

    @property
    def spine(self) -> list[Record]:
        """Everything that happened to every lead."""
        return self.records[SPINE.name]

    @property
    def account_log(self) -> list[Record]:
        """What was said of accounts, and who belongs to them."""
        return self.records[ACCOUNT_LOG.name]

    @property
    def account_activity(self) -> list[Record]:
        """What accounts had to say to their leads."""
        return self.records[ACCOUNT_ACTIVITY.name]

    @property
    def outcomes(self) -> Iterator[Record]:
        """What the worker published, dead letters apart."""
        return (record for topic in OUTCOMES for record in self.records[topic.name])

    @property
    def dead_letters(self) -> list[Record]:
        """What could not be read."""
        return self.records[DEAD_LETTER.name]


async def read_back(settings: Settings) -> Logs:
    """Read every topic that tells what went in and what came out, all partitions at once."""
    topics = (*PRODUCED, SPINE, ACCOUNT_LOG, ACCOUNT_ACTIVITY, *OUTCOMES, DEAD_LETTER)
    found = await topics_found(settings, topics)
    places = [TopicPartition(t.name, p) for t in topics for p in range(found[t.name].partitions)]
    held: dict[TopicPartition, list[Record]] = {place: [] for place in places}
    async with consumer(settings) as client:
        client.assign(places)
        ends = await client.end_offsets(places)
        while any([await client.position(place) < ends[place] for place in places]):
            for place, records in (await client.getmany(timeout_ms=POLL_MS)).items():
                held[place] += records
    return Logs({t.name: [r for p in places if p.topic == t.name for r in held[p]] for t in topics})
