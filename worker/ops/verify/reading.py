"""What is read of a topic that others may write to as well: where a record belongs by its key, and whose it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence

from topics.catalogue import ACCOUNT_ACTIVITY
from worker.lane.processor import Record, TopicPartition
from worker.ops.verify.findings import Findings
from worker.ops.verify.logs import Logs
from worker.stream.partitioner import partition_of

SOURCE = "ce_source"


def source_of(application_id: str) -> bytes:
    """Returns what the outcomes of an installation say they are from."""
    return f"/lead-router/{application_id}".encode()


class Placing:
    """Knows where keys belong on a topic."""

    def __init__(self, partitions: int, findings: Findings, judged_from_ms: int = 0) -> None:
        """Begins; of what came before `judged_from_ms` nothing is named."""
        self._partitions = partitions
        self._findings = findings
        self._judged_from_ms = judged_from_ms

    def look(self, records: Sequence[Record]) -> None:
        """Names those that are not on the partition of their key."""
        for record in records:
            key = record.key
            if key is None or record.timestamp_ms < self._judged_from_ms:
                continue
            if partition_of(key, self._partitions) != record.partition:
                where = f"{record.topic}/{record.partition} offset {record.offset}"
                belongs = partition_of(key, self._partitions)
                self._findings.name(
                    "misplaced",
                    f"{where}: {key.decode(errors='replace')} belongs on partition {belongs}",
                )


class Keyed:
    """A partition of a log whose messages lie by their keys."""

    def __init__(
        self,
        logs: Logs,
        place: TopicPartition,
        partitions: int,
        findings: Findings,
        judged_from_ms: int,
    ) -> None:
        self.place = place
        self._logs = logs
        self._placing = Placing(partitions, findings, judged_from_ms)

    async def read(self, end: int) -> AsyncIterator[Sequence[Record]]:
        """Yields what lies before an offset, in order."""
        async for records in self._logs.read(self.place, 0, end):
            self._placing.look(records)
            yield records


async def has_company(
    logs: Logs, places: Sequence[TopicPartition], source: bytes, since_ms: int | None
) -> bool:
    """Returns whether another installation was the first to publish on one of these, or may have been.

    What was first may be deleted; judged from a time, it is no matter who was there before.
    """
    begins, ends = await logs.beginnings(places), await logs.stable_ends(places)
    others = 0
    for place in places:
        begin = begins[place]
        async for records in logs.read(place, begin, min(begin + FIRST, ends[place])):
            others += sum(record.header(SOURCE) not in (b"", source) for record in records)
    return others > 0 or (since_ms is None and any(begins.values()))


FIRST = 100
"""Offsets that are read to see who was there first."""


Read = Callable[[], AsyncIterator[Sequence[Record]]]


class OwnOutcomes:
    """What one installation has published on a partition of a topic that several may share."""

    def __init__(self, read: Read, source: bytes, partitions: int, findings: Findings) -> None:
        self._read = read
        self._source = (SOURCE, source)
        self._placing = Placing(partitions, findings)
        self._findings = findings

    async def records(self) -> AsyncIterator[Sequence[Record]]:
        """Yields what is its own, or says of nobody that it is theirs; counts what is of others."""
        async for records in self._read():
            own = self._own(records)
            if others := len(records) - len(own):
                self._findings.judged.of_others += others
                self._findings.has_company = True
            if records and records[0].topic != ACCOUNT_ACTIVITY.name:
                self._placing.look(own)
            elif any(self._source not in one.headers for one in own):
                self._findings.unsigned.add(f"{own[0].topic}/{own[0].partition}")
            yield own

    async def again(self) -> AsyncIterator[Sequence[Record]]:
        """Yields the same once more."""
        async for records in self._read():
            yield self._own(records)

    def _own(self, records: Sequence[Record]) -> Sequence[Record]:
        source = self._source
        return [one for one in records if source in one.headers or not one.header(SOURCE)]
