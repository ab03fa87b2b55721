"""What a lane does over and over: decide a batch, make it durable, and only then take it as done."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from worker.lane.committer import Committer
from worker.lane.errors import LaneError, ProcessorBroke, broke_at
from worker.lane.failpoints import failpoint
from worker.lane.log import Message
from worker.lane.means import Means
from worker.lane.merge import Batch
from worker.lane.origins import origin_records
from worker.lane.positions import position_record
from worker.lane.processor import Record, TopicPartition
from worker.lane.stage import LaneStage
from worker.lane.table import Table
from worker.lane.watch import Committed

S = TypeVar("S")

LOOK_EVERY = 32
"""Records between two looks at the clock while deciding."""


class Rounds(Generic[S]):
    """The rounds of one open lane."""

    def __init__(
        self,
        means: Means[S],
        partition: int,
        committer: Committer,
        table: Table,
        positions: Mapping[TopicPartition, int],
    ) -> None:
        self.positions = dict(positions)
        self.position_due_at: float | None = None
        self.last_applied_ms: int | None = None
        self._means = means
        self._partition = partition
        self._committer = committer
        self._table = table
        self.absent = {
            place: offset
            for topic, offset in table.positions.items()
            if (place := TopicPartition(topic, partition)) not in self.positions
        }
        self._told_until = 0.0
        self._loop = asyncio.get_running_loop()

    @property
    def held(self) -> bool:
        """Whether the broker wants nothing at the moment."""
        return self._committer.held_until > self._loop.time()

    def hold(self) -> float:
        """Returns until when the broker wants nothing, by the loop's clock, and tells how much longer that is."""
        until = self._committer.held_until
        if until > self._told_until:
            seconds = until - max(self._told_until, self._loop.time())
            self._means.watch.held(self._means.processor.name, self._partition, seconds)
            self._told_until = until
        return until

    def position_is_due(self, now: float) -> bool:
        """Returns whether it is time to write a position that has moved."""
        return self.position_due_at is not None and self.position_due_at <= now

    def move(self, positions: Mapping[TopicPartition, int]) -> None:
        """Notes positions that moved over nothing but markers; they are written a little later."""
        self.positions.update(positions)
        self._position_moved()

    async def write_position(self) -> None:
        """Writes the position alone."""
        async with asyncio.timeout(self._means.limits.round_seconds):
            await self._committer.commit([self._position(self.positions)], {})
        self.position_due_at = None

    async def commit(self, batch: Batch) -> Batch | None:
        """Applies a batch; what it changes is visible here once it is durable. Returns what had no room in it."""
        async with asyncio.timeout(self._means.limits.round_seconds):
            began = self._loop.time()
            age_ms = self._means.clock() - batch.records[0].timestamp_ms
            stage = LaneStage(
                self._means.processor, self._partition, self._table.values, self._table.origins
            )
            batch, left = batch.parted(await self._decide(batch.records, stage))
            changes = self._changes(stage)
            positions = {**self.positions, **batch.positions}
            state = self._state(stage, changes, positions)
            failpoint("decided")
            decided = self._loop.time()
            took = await self._committer.commit(state, stage.outcomes)
        failpoint("committed")
        self._take_over(stage, changes, positions)
        if state:
            self.position_due_at = None
        else:
            self._position_moved()
        self.last_applied_ms = batch.records[-1].timestamp_ms
        watch, name = self._means.watch, self._means.processor.name
        facts = Committed(
            records=len(batch.records),
            outcomes=stage.outcome_count,
            bytes=batch.bytes,
            age_ms=age_ms,
            decided_ms=(decided - began) * 1000,
            acknowledged_ms=took.acknowledged * 1000,
            committed_ms=took.committed * 1000,
        )
        watch.committed(name, self._partition, facts)
        if stage.repeats:
            watch.repeats_dropped(name, self._partition, stage.repeats)
        return left

    async def _decide(self, records: Sequence[Record], stage: LaneStage[S]) -> int:
        """Folds records until there are outcomes enough, and returns how many it has folded."""
        fold, limits = self._means.processor.fold, self._means.limits
        began = self._loop.time()
        for number, record in enumerate(records):
            try:
                fold(record, stage)
            except LaneError as error:
                where = f"{record.topic}/{record.partition}/{record.offset}"
                raise type(error)(f"{error}, met at {where}") from None
            except Exception as error:  # noqa: BLE001 - whatever it is, it is ours
                raise ProcessorBroke(
                    f"{broke_at(error)}, at {record.topic}/{record.partition}/{record.offset}"
                ) from None
            if stage.outcome_bytes >= limits.max_outcome_bytes:
                return number + 1
            if number % LOOK_EVERY == 0 and self._loop.time() - began > limits.slice_seconds:
                await asyncio.sleep(0)
                began = self._loop.time()
        return len(records)

    def _changes(self, stage: LaneStage[S]) -> dict[bytes, bytes | None]:
        try:
            return stage.changes()
        except Exception as error:  # noqa: BLE001 - as above
            raise ProcessorBroke(f"{broke_at(error)}, encoding a state") from None

    def _state(
        self,
        stage: LaneStage[S],
        changes: Mapping[bytes, bytes | None],
        positions: Mapping[TopicPartition, int],
    ) -> list[Message]:
        if not self._means.processor.transactional:
            return []
        state: list[Message] = [(key, value, ()) for key, value in changes.items()]
        state += [(key, value, ()) for key, value in origin_records(stage.origins_seen)]
        state.append(self._position(positions))
        return state

    def _take_over(
        self,
        stage: LaneStage[S],
        changes: Mapping[bytes, bytes | None],
        positions: Mapping[TopicPartition, int],
    ) -> None:
        self._table.apply(changes)
        self._table.origins.apply(stage.origins_seen)
        self.positions.update(positions)

    def _position_moved(self) -> None:
        if self.position_due_at is None:
            self.position_due_at = self._loop.time() + self._means.limits.position_seconds

    def _position(self, positions: Mapping[TopicPartition, int]) -> Message:
        """Returns the record of all positions: of an input too that was not dealt because nobody sees it now."""
        key, value = position_record({**self.absent, **positions})
        return key, value, ()
