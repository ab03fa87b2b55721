"""A log whose commits say whether what they make durable comes of a deadline.

No lane is asked: the spine holds what a transaction has folded, from where its lane stood to where it takes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from schemas import spine
from schemas.spine import DeadlineReached
from tests.faults.simulation.world import APPLICATION
from tests.faults.simulation.writers import LogOfOthers
from topics.catalogue import SPINE, lifecycle_changelog
from worker.lane.memory.cluster import Cluster
from worker.lane.memory.log import MemoryWriter
from worker.lane.memory.partition import Entry
from worker.lane.positions import POSITION_KEY, positions_of
from worker.lane.processor import Record, TopicPartition

OF_DEADLINES = "commit of deadlines"
"""What the request of such a commit is called."""


class TellingWriter(MemoryWriter):
    """Names its commits by what they fold."""

    async def commit(self) -> None:
        """Decides the transaction, and says with it whether it folds a deadline."""
        if self._id is None:
            return
        cluster = self._log.cluster
        decide = partial(cluster.decide, self._id, self._epoch, commit=True)
        of_deadlines = any(map(_is_deadline, folded(cluster, self._producer)))
        await self._log.line.ask(OF_DEADLINES if of_deadlines else "commit", decide)


class TellingLog(LogOfOthers):
    """Opens such writers."""

    kind = TellingWriter


def folded(cluster: Cluster, producer: int) -> Iterator[Record]:
    """Yields the records of the spine from where a lane stood to where a producer's open transaction takes it."""
    changelog = lifecycle_changelog(APPLICATION).name
    for place, partition in cluster.partitions.items():
        if place.topic == changelog and producer in partition.open:
            offsets = dict(_positions(partition.entries))
            start = max((offsets[at] for at in offsets if at < partition.open[producer]), default=0)
            end = max((offsets[at] for at in offsets if at >= partition.open[producer]), default=0)
            of_spine = TopicPartition(SPINE.name, place.partition)
            records = cluster.partitions[of_spine].read(start, 1 << 40)[0]
            yield from (one for one in records if one.offset < end)


def _positions(entries: Iterable[Entry]) -> Iterator[tuple[int, int]]:
    """Yields at which offset of a changelog a lane said how far it has come on the spine."""
    for entry in entries:
        record = None if entry.aborted else entry.record
        if record is not None and record.key == POSITION_KEY:
            yield entry.offset, positions_of(record.value or b"").get(SPINE.name, 0)


def _is_deadline(record: Record) -> bool:
    return isinstance(spine.decode(record.value or b""), DeadlineReached)
