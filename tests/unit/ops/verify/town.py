"""An installation in memory: honest processors work off what is produced, one record a transaction."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from tests.silent import Silent
from topics.catalogue import SPINE, catalogue, name_of
from worker.intake.admit import Door
from worker.lane.log import Message
from worker.lane.origins import origin_records
from worker.lane.positions import position_record
from worker.lane.processor import Record, TopicPartition
from worker.lane.stage import LaneStage
from worker.lane.table import Table
from worker.lifecycle.calendar import rfc3339
from worker.ops.traffic import Produced
from worker.presets import load
from worker.stream.accounts import Accounts
from worker.stream.intake import Intake
from worker.stream.lifecycle import Lifecycle
from worker.stream.partitioner import partition_of

PARTITIONS = 2
APPLICATION = "town"
NOON = 1_790_000_000_000
BATCH = 50


def form(lead_id: str, at_ms: int = NOON) -> Produced:
    """A raised hand: an MQL for fourteen days."""
    told = {
        "event_id": f"form of {lead_id}",
        "occurred_at": rfc3339(at_ms),
        "lead_id": lead_id,
        "form_id": "contact_us",
    }
    topic = name_of("form-submission")
    return Produced(topic, lead_id.encode(), json.dumps(told).encode(), (), at_ms)


class Logs:
    """What topics hold, in memory; a test may put other records there, or let the first ones be deleted."""

    def __init__(self, records: Mapping[TopicPartition, Sequence[Record]]) -> None:
        self.records = {place: list(held) for place, held in records.items()}
        self.begins: dict[TopicPartition, int] = {}
        self.earlier: dict[TopicPartition, int] = {}
        """Where partitions end as long as nobody has asked: what is behind that is written later."""

    def copy(self) -> Logs:
        copied = Logs(self.records)
        copied.begins, copied.earlier = dict(self.begins), dict(self.earlier)
        return copied

    def of(self, topic: str) -> list[Record]:
        """Returns all records of a topic."""
        places = (TopicPartition(topic, number) for number in range(PARTITIONS))
        return [record for place in places for record in self.records.get(place, ())]

    def put(self, record: Record, offset: int | None = None) -> Record:
        """Writes a record at the end of its partition, or at an offset of it; what is behind moves on."""
        held = self.records[TopicPartition(record.topic, record.partition)]
        place = len(held) if offset is None else offset
        held.insert(place, record)
        self._number(held)
        return held[place]

    def drop(self, record: Record) -> None:
        """Takes a record away; what is behind moves up."""
        held = self.records[TopicPartition(record.topic, record.partition)]
        del held[record.offset]
        self._number(held)

    def replace(self, record: Record, **fields: Any) -> None:
        """Puts another record in a record's place."""
        held = self.records[TopicPartition(record.topic, record.partition)]
        held[record.offset] = msgspec.structs.replace(record, **fields)

    def swap(self, first: Record, second: Record) -> None:
        """Puts two records of a partition in each other's place."""
        held = self.records[TopicPartition(first.topic, first.partition)]
        held[first.offset], held[second.offset] = second, first
        self._number(held)

    def forget(self, topic: str, partition: int, begin: int) -> None:
        """Lets retention delete what is before an offset."""
        self.begins[TopicPartition(topic, partition)] = begin

    def expire(self, topics: Collection[str], before_ms: int) -> None:
        """Lets retention delete what is older."""
        for place, held in self.records.items():
            if place.topic in topics:
                self.forget(*place, sum(record.timestamp_ms < before_ms for record in held))

    def _number(self, held: list[Record]) -> None:
        held[:] = [msgspec.structs.replace(one, offset=n) for n, one in enumerate(held)]

    async def partitions(self, topics: Collection[str]) -> Mapping[str, int]:
        return dict(Counter(topic for topic, _ in self.records if topic in topics))

    async def beginnings(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        return {place: self.begins.get(place, 0) for place in places}

    async def ends(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        return {place: self.earlier.pop(place, len(self.records[place])) for place in places}

    async def stable_ends(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        return {place: len(self.records[place]) for place in places}

    async def offsets_at(
        self, places: Collection[TopicPartition], time_ms: int
    ) -> Mapping[TopicPartition, int]:
        return {
            place: next(
                (one.offset for one in self._held(place) if one.timestamp_ms >= time_ms),
                len(self.records[place]),
            )
            for place in places
        }

    async def read(
        self, place: TopicPartition, start: int, end: int
    ) -> AsyncGenerator[Sequence[Record], None]:
        assert start >= self.begins.get(place, 0), "what is deleted cannot be read"
        for at in range(start, end, BATCH):
            yield self.records[place][at : min(at + BATCH, end)]

    def _held(self, place: TopicPartition) -> list[Record]:
        return self.records[place][self.begins.get(place, 0) :]


class Lane:
    """One partition of one processor."""

    def __init__(self, processor: Any, partition: int) -> None:
        self.processor = processor
        self.partition = partition
        self.table = Table()
        self.positions: dict[TopicPartition, int] = defaultdict(int)

    def stage(self) -> LaneStage[Any]:
        return LaneStage(self.processor, self.partition, self.table.values, self.table.origins)


class Town:
    """Producers' records in, everything else out; time passes as it is told to."""

    def __init__(self, logs: Logs | None = None, application: str = APPLICATION) -> None:
        """Begins with empty topics, but for those that another installation uses or has used."""
        self.logs = Logs({}) if logs is None else logs
        topics = [topic.name for topic in catalogue(application)]
        for place in (TopicPartition(topic, n) for topic in topics for n in range(PARTITIONS)):
            self.logs.records.setdefault(place, [])
        self.now = NOON
        counts = dict.fromkeys(topics, PARTITIONS)
        tally: Any = Silent()
        policy = load("inside-sales")
        self._intake = self._lanes(Intake(application, counts, Door(), tally))
        self._leads = self._lanes(Lifecycle(application, counts, policy, tally))
        self._accounts = self._lanes(Accounts(application, tally))
        for lane in self._leads:
            stage = lane.stage()
            said = lane.processor.on_open(stage)
            lane.table.apply(stage.changes())
            for key, value in said:
                self._write(SPINE.name, lane.partition, [(key, value, ())])

    def _lanes(self, processor: Any) -> list[Lane]:
        return [Lane(processor, partition) for partition in range(PARTITIONS)]

    def produce(self, records: Iterable[Produced]) -> None:
        """Writes what producers say, each a millisecond after the other."""
        for topic, key, value, headers, _ in records:
            self.now += 1
            self._write(topic, partition_of(key, PARTITIONS), [(key, value, headers)])

    def relay(self) -> None:
        """Lets intake work off what is there."""
        while self._work(self._intake):
            pass

    def work(self) -> None:
        """Lets everybody work off what is there."""
        while any([self._work(self._intake), self._work(self._leads), self._work(self._accounts)]):
            pass

    def come_to_rest(self) -> None:
        """Works everything off, deadlines that are due by now among it."""
        self.work()
        while self.release_deadlines():
            self.work()

    def skip(self, record: Record) -> None:
        """Lets the lane of a spine's partition work up to a message, and go on behind it."""
        lane, place = self._leads[record.partition], TopicPartition(SPINE.name, record.partition)
        for one in self.logs.records[place][lane.positions[place] : record.offset]:
            self._fold(lane, place, one)
        lane.positions[place] = record.offset + 1

    def release_deadlines(self, most: int = 100_000) -> bool:
        """Writes so many of a lane's deadlines that are due onto the spine, and returns whether there were any."""
        released = False
        for lane in self._leads:
            for due, key in lane.table.deadlines.release(self.now, most):
                released = True
                self._write(SPINE.name, lane.partition, [(key, lane.processor.deadline(due), ())])
        return released

    def _work(self, lanes: Iterable[Lane]) -> bool:
        worked = False
        for lane in lanes:
            for topic in lane.processor.inputs:
                place = TopicPartition(topic, lane.partition)
                for record in self.logs.records[place][lane.positions[place] :]:
                    self._fold(lane, place, record)
                    worked = True
        return worked

    def _fold(self, lane: Lane, place: TopicPartition, record: Record) -> None:
        stage = lane.stage()
        lane.processor.fold(record, stage)
        lane.positions[place] = record.offset + 1
        changes = stage.changes() if lane.processor.transactional else {}
        state: list[Message] = [(key, value, ()) for key, value in changes.items()]
        state += [(key, value, ()) for key, value in origin_records(stage.origins_seen)]
        state.append((*position_record(lane.positions), ()))
        for there, messages in stage.outcomes.items():
            self._write(there.topic, there.partition, messages)
        self._write(lane.processor.changelog, lane.partition, state)
        lane.table.apply(changes)
        lane.table.origins.apply(stage.origins_seen)

    def _write(self, topic: str, partition: int, messages: Iterable[Message]) -> None:
        held = self.logs.records[TopicPartition(topic, partition)]
        for key, value, headers in messages:
            held.append(Record(topic, partition, len(held), self.now, key, value, tuple(headers)))
