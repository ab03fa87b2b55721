"""What a lane takes next: the position chain of each input, and the merge of several inputs by record timestamp.

The chain: a chunk is taken only if it begins at or before the offset expected next. One that begins later means that
something was dropped between fetch and lane, and the lane has to seek back.

The merge: a partition that is known to hold more than was fetched is waited for, a little; one that is drained is not.
The order within a partition is never touched.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from worker.lane.limits import Limits
from worker.lane.log import Chunk
from worker.lane.processor import Record, TopicPartition, size_of

KnownEnd = Callable[[TopicPartition], int | None]


class Batch(NamedTuple):
    """What one transaction takes: records in order, and the positions after them of the inputs that moved."""

    records: list[Record]
    positions: dict[TopicPartition, int]
    bytes: int

    def parted(self, count: int) -> tuple[Batch, Batch | None]:
        """Returns the first so many records with the positions after them, and what is left, None where nothing is."""
        if count == len(self.records):
            return self, None
        first = self.records[:count]
        positions = {TopicPartition(one.topic, one.partition): one.offset + 1 for one in first}
        size = sum(map(size_of, first))
        left = Batch(self.records[count:], self.positions, self.bytes - size)
        return Batch(first, positions, size), left


@dataclass(slots=True)
class Input:
    """One partition of one input topic, as far as it was fetched and as far as it was taken."""

    place: TopicPartition
    order: int
    fetched: int = 0
    taken: int = 0
    pending: deque[Record] = field(default_factory=deque)
    sizes: deque[int] = field(default_factory=deque)
    """Of each that is pending, in bytes."""
    bytes: int = 0
    """Of all that are pending."""
    missed_since: float | None = None

    def position(self) -> int:
        """Returns the offset to go on from: past markers too once nothing is pending."""
        return self.taken if self.pending else self.fetched

    def put(self, records: Sequence[Record]) -> None:
        """Adds what was fetched."""
        self.pending.extend(records)
        sizes = list(map(size_of, records))
        self.sizes.extend(sizes)
        self.bytes += sum(sizes)

    def pop(self) -> tuple[Record, int]:
        """Takes the next, and returns how many bytes it has."""
        record, size = self.pending.popleft(), self.sizes.popleft()
        self.taken, self.bytes = record.offset + 1, self.bytes - size
        return record, size

    def forget(self) -> None:
        """Drops what is pending."""
        self.pending.clear()
        self.sizes.clear()
        self.bytes = 0


class Merge:
    """The inputs of one lane."""

    def __init__(
        self, places: Sequence[TopicPartition], limits: Limits, known_end: KnownEnd
    ) -> None:
        self.waits_until: float | None = None
        self._limits = limits
        self._known_end = known_end
        self._inputs = {place: Input(place, order) for order, place in enumerate(places)}
        shares = max(1, len(places))
        self._share = max(1, limits.max_queued // shares)
        self._share_bytes = limits.max_queued_bytes // shares
        self._told: dict[TopicPartition, int] = {}
        self._left: Batch | None = None

    def start(self, positions: Mapping[TopicPartition, int]) -> None:
        """Expects each input to go on from its position, and forgets what was pending."""
        for place, one in self._inputs.items():
            one.fetched = one.taken = positions[place]
            one.forget()
            one.missed_since = None
        self._told = dict(positions)
        self._left = None

    def clear(self) -> None:
        """Forgets what was pending; chunks are of no use before the next `start`."""
        self._left = None
        for one in self._inputs.values():
            one.forget()

    def wants(self, place: TopicPartition) -> bool:
        """Returns whether an input may be fetched: each has its share of the queue, so that none starves the merge."""
        one = self._inputs[place]
        return len(one.pending) < self._share and one.bytes < self._share_bytes

    def feed(self, chunk: Chunk) -> bool:
        """Takes a chunk in, and returns False if the chain is broken before it."""
        one = self._inputs[chunk.place]
        if chunk.end <= one.fetched:
            return True
        if chunk.start > one.fetched:
            return False
        records = chunk.records
        if chunk.start < one.fetched:
            records = [record for record in records if record.offset >= one.fetched]
        if records:
            if not one.pending:
                one.taken = one.fetched  # past markers, of which one may have told
            one.put(records)
            one.missed_since = None
        one.fetched = chunk.end
        return True

    def give_back(self, left: Batch | None) -> None:
        """Takes back what a round had no room for: it is taken next."""
        self._left = left

    def holding(self) -> bool:
        """Returns whether there is anything to take, be it a position that moved over markers."""
        return self._left is not None or any(
            one.pending or one.fetched != self._told[one.place] for one in self._inputs.values()
        )

    def beyond(self, positions: Mapping[TopicPartition, int]) -> list[TopicPartition]:
        """Returns the inputs of which more has come, whatever was taken of it."""
        inputs = self._inputs.items()
        return [place for place, one in inputs if one.fetched > positions.get(place, one.fetched)]

    def take(self, now: float, most: int) -> Batch | None:
        """Returns the next batch, of `most` at most, or None: then `waits_until` says whether time changes that."""
        self.waits_until = None
        if self._left is not None:
            left, self._left = self._left, None
            return left
        holding = [one for one in self._inputs.values() if one.pending]
        if holding and len(self._inputs) > 1:
            self.waits_until = self._missing(now)
            if self.waits_until is not None:
                return None
        records, size = self._merged(holding, most)
        positions = {
            place: one.position()
            for place, one in self._inputs.items()
            if one.position() != self._told[place]
        }
        if not positions:
            return None
        self._told.update(positions)
        return Batch(records, positions, size)

    def _missing(self, now: float) -> float | None:
        """Returns until when to wait for inputs that have more than was fetched, None if there is none such."""
        until = None
        for one in self._inputs.values():
            if one.pending or not self._holds_more(one):
                one.missed_since = None
                continue
            if one.missed_since is None:
                one.missed_since = now
            patience = one.missed_since + self._limits.merge_wait_seconds
            if patience > now:
                until = patience if until is None else max(until, patience)
        return until

    def _holds_more(self, one: Input) -> bool:
        end = self._known_end(one.place)
        return end is not None and one.fetched < end

    def _merged(self, holding: list[Input], most: int) -> tuple[list[Record], int]:
        """Takes records of the inputs in order of timestamp, until enough, or until one runs dry that has more."""
        heap = [(one.pending[0].timestamp_ms, one.order, one) for one in holding]
        heapq.heapify(heap)
        records: list[Record] = []
        size, most_bytes = 0, self._limits.max_bytes
        while heap and len(records) < most and size < most_bytes:
            one = heap[0][2]
            record, its_size = one.pop()
            records.append(record)
            size += its_size
            if one.pending:
                heapq.heapreplace(heap, (one.pending[0].timestamp_ms, one.order, one))
            elif len(self._inputs) > 1 and self._holds_more(one):
                break
            else:
                heapq.heappop(heap)
        return records, size
