"""One partition of a cluster in memory: records, markers of transactions, and who answers for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from worker.lane.log import Message
from worker.lane.processor import Record, TopicPartition


@dataclass(slots=True)
class Entry:
    """One offset of a partition: a record, or (with `record` None) a transaction marker."""

    offset: int
    producer: int
    record: Record | None
    aborted: bool = False


@dataclass(slots=True)
class Partition:
    """One partition's log."""

    place: TopicPartition
    entries: list[Entry] = field(default_factory=list)
    begin: int = 0
    end: int = 0
    open: dict[int, int] = field(default_factory=dict)
    """Producer -> first offset of its open transaction here."""
    as_of: int | None = None
    """Where it ended when who answers for it was cut off, and led it: it has not heard that it leads no more."""

    def stable_end(self) -> int:
        """Returns the last stable offset: where the earliest open transaction begins, else the end."""
        stable = min(self.open.values(), default=self.end)
        return stable if self.as_of is None else min(stable, self.as_of)

    def hear(self) -> None:
        """Has whoever answers hear who leads it now."""
        self.as_of = None

    def append(self, producer: int, messages: Sequence[Message], timestamp_ms: int) -> None:
        """Writes records."""
        for key, value, headers in messages:
            topic, partition = self.place
            record = Record(topic, partition, self.end, timestamp_ms, key, value, headers)
            self.entries.append(Entry(self.end, producer, record))
            self.end += 1

    def mark(self, producer: int, *, commit: bool) -> None:
        """Ends a producer's transaction here with a marker."""
        first = self.open.pop(producer)
        if not commit:
            for entry in self.entries:
                if entry.offset >= first and entry.producer == producer:
                    entry.aborted = True
        self.entries.append(Entry(self.end, producer, None))
        self.end += 1

    def read(self, start: int, most: int) -> tuple[list[Record], int]:
        """Returns committed records from `start` and the position after them."""
        stable = self.stable_end()
        records: list[Record] = []
        for entry in self.entries[self._index(start) :]:
            if entry.offset >= stable:
                break
            if entry.record is not None and not entry.aborted:
                if len(records) == most:
                    return records, records[-1].offset + 1
                records.append(entry.record)
        return records, max(start, stable)

    def _index(self, offset: int) -> int:
        low, high = 0, len(self.entries)
        while low < high:
            middle = (low + high) // 2
            if self.entries[middle].offset < offset:
                low = middle + 1
            else:
                high = middle
        return low
