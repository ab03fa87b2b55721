"""Parts with one defect each that only a cluster in memory takes, or that nobody else needs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from tests.faults.defects import Altered, Trusting
from tests.faults.simulation.world import Broker
from tests.faults.simulation.writers import LogOfOthers
from worker.lane.committer import Took, Transactions
from worker.lane.consent import Consent, check_alone
from worker.lane.deadlines import Deadlines
from worker.lane.gate import Gate, Goal
from worker.lane.log import Acknowledged, Message, Take, WholeRead
from worker.lane.means import Means
from worker.lane.memory.cluster import Transactional
from worker.lane.memory.log import RECOVERED_AT_ONCE, MemoryLog, MemoryWriter
from worker.lane.patience import Patience
from worker.lane.processor import DUE_BYTES, LANE_OWN, NEVER, Record, Stage, TopicPartition
from worker.lane.table import Table
from worker.stream.intake import Intake
from worker.stream.lifecycle import Lifecycle


class LosingIntake(Intake):
    """Loses a record now and then."""

    def fold(self, record: Record, stage: Stage[None]) -> None:
        if record.offset % 9:
            super().fold(record, stage)


class NamelessIntake(Intake):
    """Says of some messages another origin than theirs."""

    def fold(self, record: Record, stage: Stage[None]) -> None:
        class Renaming:
            """A stage that hears of every fifth record as of the one before it."""

            def __getattr__(self, name: str) -> Any:
                return getattr(stage, name)

            def send(self, topic: str, key: Any, value: bytes, *more: Any, **by_name: Any) -> None:
                old, new = f'"{record.topic}",{record.partition},{record.offset},', None
                if record.offset % 5 == 4:
                    new = f'"{record.topic}",{record.partition},{record.offset - 1},'
                changed = value if new is None else value.replace(old.encode(), new.encode())
                stage.send(topic, key, changed, *more, **by_name)

        super().fold(record, Renaming())  # type: ignore[arg-type]  # all of a stage


class Credulous(Altered):
    """Notes every origin, and takes every repeat for new all the same."""

    def first_time(self, origin: tuple[str, int, int, int]) -> bool:
        self._stage.first_time(origin)
        return True


class HearingRepeats(Lifecycle):
    """Drops no repeat of intake, and keeps its books as who does."""

    def fold(self, record: Record, stage: Stage[Any]) -> None:
        super().fold(record, Credulous(stage))


class BrokerWithoutFences(Broker):
    """Accepts what a stale writer says."""

    def _current(self, transactional_id: str, epoch: int) -> Transactional:
        return self._ids[transactional_id]


class BrokerWithoutAborts(Broker):
    """Commits what it should abort."""

    def _finish(self, one: Transactional, *, commit: bool) -> None:
        super()._finish(one, commit=True)


class WithoutOrigins(MemoryLog):
    """Recovers everything but the origins."""

    async def read_all(self, place: TopicPartition, take: Take) -> WholeRead:
        own = LANE_OWN + b"origin"

        def keep(records: Sequence[Record]) -> None:
            take([record for record in records if not (record.key or b"").startswith(own)])

        return await super().read_all(place, keep)


class StoppingShort(MemoryLog):
    """Recovers what a first fetch brings, but for the position, which it finds all the same."""

    async def read_all(self, place: TopicPartition, take: Take) -> WholeRead:
        read = 0

        def first(records: Sequence[Record]) -> None:
            nonlocal read
            take(
                [
                    record
                    for number, record in enumerate(records, read)
                    if number < RECOVERED_AT_ONCE or (record.key or b"").startswith(LANE_OWN)
                ]
            )
            read += len(records)

        return await super().read_all(place, first)


class HastyWriter(MemoryWriter):
    """Takes records for acknowledged that are not."""

    async def send(
        self, place: TopicPartition, messages: Sequence[Message], timestamp_ms: int
    ) -> Sequence[Awaitable[Acknowledged]]:
        await super().send(place, messages, timestamp_ms)
        return []


class HastyLog(LogOfOthers):
    """Opens such writers."""

    kind = HastyWriter


class ImpatientWriter(MemoryWriter):
    """Hands over every batch at once, outside of transactions too."""

    async def send(
        self, place: TopicPartition, messages: Sequence[Message], timestamp_ms: int
    ) -> Sequence[Awaitable[Acknowledged]]:
        starts = range(0, len(messages), self.batched)
        batches = [messages[start : start + self.batched] for start in starts]
        sent = [
            await super(ImpatientWriter, self).send(place, one, timestamp_ms) for one in batches
        ]
        return [acknowledgement for one in sent for acknowledgement in one]


class ImpatientLog(LogOfOthers):
    """Opens such writers."""

    kind = ImpatientWriter


class LeakyWriter(MemoryWriter):
    """Writes outcomes beside the transaction."""

    async def send(
        self, place: TopicPartition, messages: Sequence[Message], timestamp_ms: int
    ) -> Sequence[Awaitable[Acknowledged]]:
        if self._id is None or place.topic.endswith("changelog"):
            return await super().send(place, messages, timestamp_ms)
        beside = await self._log.open_writer(None)
        return await beside.send(place, messages, timestamp_ms)


class LeakyLog(LogOfOthers):
    """Opens such writers."""

    kind = LeakyWriter


class HastyGate(Gate):
    """Waits for nobody."""

    async def _goal_of(self, now_ms: int) -> Goal:
        return Goal(now_ms, asyncio.get_running_loop().time(), {})


class EarlyGate(Gate):
    """Looks at a clock that is three seconds ahead."""

    def __init__(self, *arguments: Any, **by_name: Any) -> None:
        clock = by_name.pop("clock")
        super().__init__(*arguments, clock=lambda: clock() + 3_000, **by_name)


class HastyConsent(Consent[Any]):
    """Refuses other policies at once, as where none is in force."""

    async def _look(self) -> None:
        for one in self._working():
            if one.wanted() is not None:
                await check_alone(self._means, one.partition)
        await super()._look()


class Stubborn(Transactions):
    """Tries once more what failed, in a transaction of its own, and forgets to abort the first."""

    async def commit(
        self, state: Sequence[Message], outcomes: Mapping[TopicPartition, Sequence[Message]]
    ) -> Took:
        try:
            return await super().commit(state, outcomes)
        except ConnectionError:
            return await super().commit(state, outcomes)


class SecondFirst(Trusting):
    """Begins with the second of two ids; and does not look where what it writes comes, which would show it."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._writers._turn = 0


class WithoutPatience(Deadlines):
    """Does not take back what could not be written."""

    def put_back(self, due: Any) -> None:
        del due


class Sulking(Patience):
    """Lets a lane that failed lie for half a minute."""

    def delay(self) -> float:
        return 30.0


def nothing_of(_seen: Any) -> list[tuple[bytes, bytes]]:
    """Returns no origins to be written."""
    return []


def positions_of_the_group(
    means: Means[Any], _table: Table, ends: Mapping[TopicPartition, int], _begins: Any
) -> dict[TopicPartition, int]:
    """Returns what the group has committed, which is for lag tools and a second old."""
    log: Any = means.log
    committed = log.cluster.group_offsets.get(means.group, {})
    return {place: committed.get(place, 0) for place in ends}


class Haunted(Table):
    """Holds a lead that it has not written."""

    def apply(self, changes: Mapping[bytes, bytes | None]) -> None:
        super().apply(changes)
        self.values[b"nobody"] = NEVER.to_bytes(DUE_BYTES, "big")
