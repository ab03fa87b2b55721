"""Whether lanes would go on with what they keep, seen from outside: each changelog against what was written with it.

What is said is what a lane says, by the lane's own checks. A changelog is read once and each record decoded; only what
a lane keeps for itself stays in memory, and so many keys of records that something is wrong with. Lanes may be at work
meanwhile: whatever they may have changed since it was read is asked for once more before it is named.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from topics.catalogue import ACCOUNT_LOG
from worker.intake.admit import Door
from worker.lane.birth import check_birth, check_untold, check_whole
from worker.lane.clock import wall_ms
from worker.lane.errors import (
    ChangelogDamaged,
    ChangelogLost,
    LaneError,
    PoliciesDiffer,
    WrittenByNewer,
)
from worker.lane.guard import reads_all
from worker.lane.limits import Limits
from worker.lane.log import Log
from worker.lane.origins import Origins
from worker.lane.processor import LANE_OWN, Processor, Record, TopicPartition, due_of
from worker.lane.stage import LaneStage
from worker.lane.table import Table
from worker.lifecycle.language.plan import Policy
from worker.stream.accounts import Accounts
from worker.stream.finding import Finding, finding, refused
from worker.stream.intake import Intake
from worker.stream.lifecycle import POLICY_KEY, Lifecycle
from worker.stream.metrics import Metrics
from worker.stream.tally import MetricsTally
from worker.stream.unread import Unread

OVERDUE_MS = 660_000
"""A deadline waits at most ten minutes for what lies on the inputs, and is then written within seconds."""
LET_GO_SECONDS = 10.0
"""After an outage a worker lets its deadlines go within this: one that was there when the look began has done so."""
MOST_SUSPECTS = 100_000
"""Keys held at a time; where more are suspicious, the changelog is read once more from there on."""


def processors_of(
    application_id: str, partitions: Mapping[str, int], policy: Policy
) -> tuple[Processor[Any], ...]:
    """Returns the processors, as a worker with this policy runs them; `partitions` are those of topics that exist."""
    counts = {ACCOUNT_LOG.name: 1, **partitions}  # it decides where messages go; none are sent
    tally = MetricsTally(Metrics())
    return (
        Intake(application_id, counts, Door(), tally),
        Lifecycle(application_id, counts, policy, tally),
        Accounts(application_id, tally),
    )


class Survey:
    """What one partition of a changelog holds: what the lane keeps for itself, and which states are wrong."""

    def __init__(self, processor: Processor[Any], now_ms: int, most: int = MOST_SUSPECTS) -> None:
        self.table = Table()
        self.policy: bytes | None = None
        self.holds_states = False
        self.wrong: Counter[str] = Counter()
        """How many states are wrong, by the name of what is wrong with them."""
        self._processor = processor
        self._now_ms = now_ms
        self._most = most
        self._suspects: dict[bytes, str] = {}
        self._judged_before = 0
        self._full_at: int | None = None

    @property
    def empty(self) -> bool:
        """Returns whether a lane would find nothing in it."""
        return self.table.empty and not self.holds_states

    def take(self, records: Sequence[Record]) -> None:
        """Takes records over, in order; the last one of a key counts. `ChangelogDamaged` where a lane cannot go on."""
        for record in records:
            key = record.key or b""
            if key.startswith(LANE_OWN):
                self.table.recover((record,))
                continue
            if not self._processor.transactional:
                continue  # a relay keeps no states: a worker does not look at what else lies there
            self._suspects.pop(key, None)
            if record.value is None:
                continue
            self.holds_states = True
            if record.offset >= self._judged_before and (wrong := self._wrong(key, record)):
                self._suspect(key, wrong, record.offset)

    def _suspect(self, key: bytes, wrong: str, offset: int) -> None:
        if self._full_at is None and len(self._suspects) < self._most:
            self._suspects[key] = wrong
        elif self._full_at is None:
            self._full_at = offset

    def _wrong(self, key: bytes, record: Record) -> str | None:
        value = record.value or b""
        try:
            self._processor.decode(value)
        except (ChangelogDamaged, WrittenByNewer) as error:
            return type(error).__name__
        if key == POLICY_KEY:
            self.policy = value
        if max(due_of(value), record.timestamp_ms) < self._now_ms - OVERDUE_MS:
            return "deadlines"
        return None

    def settled(self) -> bool:
        """Counts the states that have stayed wrong; returns False if more are to be looked for in another reading."""
        self.wrong.update(self._suspects.values())
        self._suspects.clear()
        if self._full_at is None:
            return True
        self._judged_before, self._full_at = self._full_at, None
        return False


class Lanes:
    """The lanes of one processor, looked at one after the other."""

    def __init__(
        self, log: Log, processor: Processor[Any], partitions: Mapping[str, int], limits: Limits
    ) -> None:
        self.processor = processor
        self._log = log
        self._limits = limits
        self._partitions = partitions
        self._made = partitions.get(processor.changelog, 0)
        self._began = asyncio.get_running_loop().time()

    def numbers(self) -> range:
        """Returns their numbers: those of the changelog, and of what was written with it where that is missing."""
        traced = (self._partitions.get(topic, 0) for topic in self.processor.traces)
        return range(self._made or max(traced, default=0))

    async def findings(self, number: int) -> AsyncIterator[Finding]:
        """Yields what is wrong with one of them."""
        place = TopicPartition(self.processor.changelog, number)
        try:
            survey = await self._surveyed(place)
        except ChangelogDamaged as error:
            yield finding("ChangelogDamaged", f"{place.topic} partition {number}: {error}")
            return
        try:
            if self.processor.transactional:
                await self._check_changelog(place, survey)
        except WrittenByNewer as error:
            yield refused(error)
            return
        except LaneError as error:
            yield refused(error)
        for name, count in survey.wrong.items():
            yield finding(name, _told(name, count, place))
        if survey.empty and (untraced := self._untraced(number)):
            yield finding("not-looked-at", f"{place.topic} partition {number}: no {untraced}")
        positions = {
            TopicPartition(topic, number): position
            for topic, position in survey.table.positions.items()
            if topic in self.processor.inputs and number < self._partitions.get(topic, 0)
        }
        inputs = {} if self._limits.losses_accepted else survey.table.inputs
        unread = Unread(self._log, inputs, holds_all=reads_all(self.processor, self._limits))
        async for other in unread.errors_at(positions):
            yield refused(other)
        if isinstance(self.processor, Lifecycle) and survey.policy is not None:
            for other in _of_policy(self.processor, number, survey.policy):
                yield refused(other)

    async def _surveyed(self, place: TopicPartition) -> Survey:
        """Reads a changelog, and again where deadlines are overdue; one that is missing is empty."""
        now_ms = wall_ms()
        survey = await self._read(place, now_ms)
        if survey.wrong["deadlines"]:
            await asyncio.sleep(self._began + LET_GO_SECONDS - asyncio.get_running_loop().time())
            survey = await self._read(place, now_ms)
        return survey

    async def _read(self, place: TopicPartition, now_ms: int) -> Survey:
        survey = Survey(self.processor, now_ms)
        while self._made:
            await self._log.read_all(place, survey.take)
            if survey.settled():
                break
        return survey

    async def _check_changelog(self, place: TopicPartition, survey: Survey) -> None:
        """Raises what a lane would end with instead of going on with this changelog."""
        if self._made:
            check_whole(place, (await self._log.beginnings([place]))[place])
        if (birth := survey.table.birth) is not None:
            check_birth(self.processor, self._made, birth)
        elif survey.empty and not self._untraced(place.partition):
            try:
                await check_untold(self._log, self.processor, place.partition)
            except ChangelogLost:
                if (await self._surveyed(place)).empty:  # else a lane has begun it meanwhile
                    raise

    def _untraced(self, number: int) -> str:
        """Returns a topic that lacks the partition on which it would tell that the lane was here before."""
        lacking = (one for one in self.processor.traces if self._partitions.get(one, 0) <= number)
        return next(lacking, "")


def _told(name: str, count: int, place: TopicPartition) -> str:
    where = f"{place.topic} partition {place.partition}"
    if name == "deadlines":
        return f"{where} holds {count} leads whose deadline is more than ten minutes overdue"
    who = "no version of the worker" if name == "ChangelogDamaged" else "a newer version"
    return f"{where} holds {count} records that {who} has written"


def _of_policy(processor: Lifecycle, number: int, value: bytes) -> list[LaneError]:
    """Returns what a lane, that is loaded with our policy, has against the one in force."""
    stage: LaneStage[Any] = LaneStage(processor, number, {POLICY_KEY: value}, Origins())
    try:
        processor.on_open(stage)
        other = processor.succession(stage)
    except LaneError as error:
        return [error]
    if other is None:
        return []
    return [
        PoliciesDiffer(
            f"partition {number} decides under {other.over}; the policy loaded here is {processor.policy}"
        )
    ]
