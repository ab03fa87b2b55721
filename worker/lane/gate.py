"""When a deadline may be written: once intake has passed what the inputs held when it came due.

So an event that was already waiting on an input topic wins over the deadline it would cancel, after an outage too. What
intake has passed is read from its positions topic, whichever process intake runs in. One gate a process; it asks
nothing of the cluster while nothing is due.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from worker.lane.clock import Clock, wall_ms
from worker.lane.ends import known_ends
from worker.lane.errors import ChangelogDamaged, LaneError
from worker.lane.limits import Limits
from worker.lane.log import Follower, Log
from worker.lane.positions import POSITION_KEY, positions_of
from worker.lane.processor import Record, TopicPartition
from worker.lane.tasks import end, ended_unasked
from worker.lane.watch import Watch

GOALS_A_WAIT = 10
"""So a deadline waits at most a tenth longer than it has to, and a stuck intake does not pile up goals."""


TROUBLE_SECONDS = 1.0
"""After an error, before the gate, or the lane that it befell, tries again."""


class Waiting(Protocol):
    """A lane that may have deadlines."""

    def any_due(self, now_ms: int) -> bool:
        """Returns whether a deadline is due by then."""

    async def write_due(self, until_ms: int) -> None:
        """Writes the deadlines due by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What intake reads, where it says how far it has come, and how that is read."""

    topics: Sequence[str]
    log: Log
    positions: Follower


@dataclass(frozen=True, slots=True)
class Goal:
    """What the inputs held at one moment."""

    at_ms: int
    began: float
    ends: Mapping[TopicPartition, int]
    unknown: bool = False
    """Whether there is more that nobody has said: partitions have no leader, or one that does not answer."""


class Gate:
    """Holds due deadlines back until intake has passed what the inputs held, or too long has gone by."""

    def __init__(
        self,
        inputs: Inputs,
        lanes: Callable[[], Iterable[Waiting]],
        *,
        limits: Limits | None = None,
        watch: Watch | None = None,
        clock: Clock = wall_ms,
    ) -> None:
        self._inputs = inputs
        self._lanes = lanes
        self._limits = limits or Limits()
        self._watch = watch or Watch()
        self._clock = clock
        self._passed: dict[TopicPartition, int] = {}
        self._places: list[TopicPartition] = []
        self._places_asked_at = 0.0
        self._goals: deque[Goal] = deque()
        self._writing: dict[Waiting, asyncio.Task[None]] = {}
        self._broken: LaneError | None = None
        self._following = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins to watch clock and positions, in the background."""
        self._task = asyncio.create_task(self._run(), name="deadline gate")

    async def ended(self) -> None:
        """Returns once it was stopped; a `LaneError` if it has ended by itself."""
        if self._task is not None:
            await asyncio.wait([self._task])
            if (error := ended_unasked(self._task)) is not None:
                raise error

    async def stop(self) -> None:
        """Ends; what is due and not written is found again by the next process."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        writing = list(self._writing.values())
        for task in writing:
            task.cancel()
        await asyncio.gather(*writing, return_exceptions=True)
        await self._end_following()

    async def _run(self) -> None:
        while True:
            await self._look()

    async def _look(self) -> None:
        """Reads what is new of intake's positions, and lets through what may go; a `LaneError` if that is of no use."""
        if self._broken is not None:
            raise self._broken
        await self._follow()
        now_ms = self._clock()
        if self._goal_is_stale(now_ms) and self._any_due(now_ms):
            self._aim_at(await self._goal_of(now_ms))
        reached = None
        while self._goals and self._may_go(self._goals[0]):
            reached = self._goals.popleft()
        if reached is not None:
            for lane in self._lanes():
                self._let_go(lane, reached.at_ms)

    async def _follow(self) -> None:
        """Reads what is new of intake's positions; while that fails, what is due waits as long as it may."""
        try:
            if not self._following:
                self._following = True
                self._passed = {}
                await self._inputs.positions.start()
            tick_ms = int(self._limits.deadline_tick_seconds * 1000)
            for record in await self._inputs.positions.poll(tick_ms):
                self._note(record)
        except LaneError:
            raise
        except Exception as error:  # noqa: BLE001 - counted; it is read again from the beginning
            self._trouble(error)
            await self._end_following()
            await asyncio.sleep(TROUBLE_SECONDS)

    def _aim_at(self, goal: Goal) -> None:
        """Takes a goal; one of which everything is known stands for those before it of which it is not."""
        if not goal.unknown:
            self._goals = deque(one for one in self._goals if not one.unknown)
        self._goals.append(goal)

    def _let_go(self, lane: Waiting, until_ms: int) -> None:
        """Lets a lane write beside the others: one whose partition cannot be written to holds up nobody else."""
        if lane not in self._writing:
            self._writing[lane] = asyncio.create_task(self._write(lane, until_ms))

    async def _write(self, lane: Waiting, until_ms: int) -> None:
        try:
            await lane.write_due(until_ms)
        except LaneError as error:
            self._broken = error
        except Exception as error:  # noqa: BLE001 - counted; the deadlines stay due
            self._trouble(error)
            await asyncio.sleep(TROUBLE_SECONDS)
        finally:
            del self._writing[lane]

    def _any_due(self, now_ms: int) -> bool:
        """Returns whether a lane that is not writing has a deadline that is due."""
        return any(lane.any_due(now_ms) for lane in self._lanes() if lane not in self._writing)

    def _goal_is_stale(self, now_ms: int) -> bool:
        """Returns whether what has come due since the last goal needs one of its own; rarer the longer one waits."""
        if not self._goals:
            return True
        waited_ms = now_ms - self._goals[0].at_ms
        apart_ms = max(self._limits.deadline_tick_seconds * 1000, waited_ms / GOALS_A_WAIT)
        return now_ms - self._goals[-1].at_ms >= apart_ms

    async def _goal_of(self, now_ms: int) -> Goal:
        """Asks what the inputs hold. Where nobody answers, the time that is waited begins all the same."""
        began = asyncio.get_running_loop().time()
        try:
            return await self._asked(now_ms, began)
        except LaneError:
            raise
        except Exception as error:  # noqa: BLE001 - counted; it is asked again
            self._trouble(error)
            return Goal(now_ms, began, {}, unknown=True)

    async def _asked(self, now_ms: int, began: float) -> Goal:
        """Asks; partitions without a record are passed by nature."""
        log, places = self._inputs.log, await self._places_there(began)
        ends = await known_ends(log, places)
        ahead = [place for place, end in ends.items() if self._passed.get(place, 0) < end]
        beginnings = await log.beginnings(ahead) if ahead else {}
        held = {place: ends[place] for place in ahead if ends[place] > beginnings[place]}
        return Goal(now_ms, began, held, unknown=len(ends) < len(places))

    async def _places_there(self, now: float) -> Sequence[TopicPartition]:
        """Returns the partitions of the inputs; they may become more, and a broker may not know of one for a while."""
        if not self._places or now - self._places_asked_at > self._limits.stall_seconds:
            counts = await self._inputs.log.partitions(self._inputs.topics)
            self._places_asked_at = now
            found = [
                TopicPartition(topic, partition)
                for topic in self._inputs.topics
                for partition in range(counts[topic])
            ]
            self._places = list(dict.fromkeys([*self._places, *found]))
        return self._places

    def _may_go(self, goal: Goal) -> bool:
        waited = asyncio.get_running_loop().time() - goal.began
        passed = not goal.unknown and all(
            self._passed.get(place, 0) >= end for place, end in goal.ends.items()
        )
        gave_up = not passed and waited >= self._limits.gate_seconds
        if passed or gave_up:
            self._watch.gate_waited(waited, gave_up=gave_up)
        return passed or gave_up

    def _note(self, record: Record) -> None:
        if record.key != POSITION_KEY or record.value is None:
            return
        try:
            told = positions_of(record.value)
        except (ValueError, RecursionError) as error:
            where = f"{record.topic} partition {record.partition} offset {record.offset}"
            raise ChangelogDamaged(f"{where} is no position that a lane writes") from error
        for topic, position in told.items():
            place = TopicPartition(topic, record.partition)
            self._passed[place] = max(position, self._passed.get(place, 0))

    async def _end_following(self) -> None:
        if self._following:
            self._following = False
            for ending in (self._inputs.positions.stop, self._inputs.log.close):
                await end(ending(), self._limits.discard_seconds, self._trouble)

    def _trouble(self, error: Exception) -> None:
        self._watch.trouble("gate", "deadlines", type(error).__name__)
