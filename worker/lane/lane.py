"""A lane: one partition number of one processor, from opening to closing.

    opening -> positioned <-> ready     it seeks again when a fetch has failed
    any of these -> parked -> positioned    the group deals anew; any -> opening after an error; any -> closed

Opening fences all predecessors, then reads the changelog to its end: state, positions and origins come from there and
from nowhere else. A parked lane keeps writers and state, because its writers' epochs are its lease: had anybody else
owned the partition meanwhile, its next transaction fails. After a `LaneError` the lane is closed and the process stops;
after any other error writers and state are thrown away and the lane opens again, some seconds later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Generic, TypeVar

from worker.lane.errors import LaneError, LaneKeepsFailing, broke_at
from worker.lane.failpoints import failpoint
from worker.lane.log import Chunk
from worker.lane.means import Means
from worker.lane.merge import Merge
from worker.lane.opening import Opened, opened
from worker.lane.patience import Patience
from worker.lane.processor import TopicPartition
from worker.lane.rounds import Rounds
from worker.lane.tasks import begun
from worker.lane.watch import LaneState

S = TypeVar("S")


class Lane(Generic[S]):
    """The lane of one partition number."""

    def __init__(self, means: Means[S], partition: int, places: Sequence[TopicPartition]) -> None:
        self.partition = partition
        self.places = tuple(places)
        self.state = LaneState.OPENING
        self.last_error: str | None = None
        self._means = means
        self._dealt = asyncio.Event()
        self._dealt.set()
        self._opened: Opened[S] | None = None
        self._merge = Merge(self.places, means.limits, self._known_end)
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._patience = Patience(means.limits)
        self._loop = asyncio.get_running_loop()
        self._task = begun(self._run(), f"lane {partition}", means.give_up)

    def wants(self, place: TopicPartition) -> bool:
        """Returns whether records of an input may be fetched now."""
        return self.state is LaneState.READY and self._merge.wants(place)

    def feed(self, chunk: Chunk) -> None:
        """Takes a chunk in; if something is missing before it, the lane seeks back."""
        if self.state is not LaneState.READY:
            return
        if not self._merge.feed(chunk):
            self._means.watch.chain_broken(
                self._means.processor.name, self.partition, chunk.place.topic
            )
            self.reposition()
        self._wake.set()

    def reposition(self) -> None:
        """Drops what is queued and seeks to the lane's own positions."""
        if self.state is LaneState.READY:
            self._merge.clear()
            self._become(LaneState.POSITIONED)
            self._wake.set()

    @property
    def positions(self) -> dict[TopicPartition, int]:
        """Where the lane stands in each input, once it knows."""
        return {} if self._opened is None else dict(self._opened.rounds.positions)

    @property
    def queued(self) -> Collection[TopicPartition]:
        """Inputs of which something has come that is not done yet: a batch may take several rounds."""
        return self._merge.beyond(self.positions)

    @property
    def absent(self) -> dict[TopicPartition, int]:
        """How far inputs were read that were not dealt to the lane, because the group does not see them now."""
        return {} if self._opened is None else dict(self._opened.rounds.absent)

    @property
    def last_applied_ms(self) -> int | None:
        """Timestamp of the last record applied since the lane opened."""
        return None if self._opened is None else self._opened.rounds.last_applied_ms

    @property
    def working(self) -> Opened[S] | None:
        """What it works with, while it works."""
        return self._opened if self.state is LaneState.READY else None

    def any_due(self, now_ms: int) -> bool:
        """Returns whether a deadline of this lane is due."""
        working = self.working
        return working is not None and working.releases.any_due(now_ms)

    async def write_due(self, until_ms: int) -> None:
        """Writes the deadlines due by then onto the lane's spine partition, as long as the lane is ours."""
        working = self.working
        while working is not None and working is self.working:
            if not await working.releases.write_some(until_ms):
                return

    async def park(self) -> None:
        """Drops what is queued and finishes the running round within the limit, else throws the lane away.

        One that opens asks for no further id until it is resumed, lest it fence its successor; one under way may.
        """
        self._dealt.clear()
        self._merge.clear()
        if self.state in {LaneState.OPENING, LaneState.CLOSED}:
            return
        failpoint("parking")
        self._become(LaneState.PARKED)
        self._idle.clear()
        self._wake.set()
        try:
            async with asyncio.timeout(self._means.limits.drain_seconds):
                await self._idle.wait()
        except TimeoutError:
            await self.close()

    def resume(self) -> None:
        """Goes on with what was kept."""
        self._dealt.set()
        if self.state is LaneState.PARKED:
            self._become(LaneState.POSITIONED)
        self._wake.set()

    async def close(self) -> None:
        """Ends the lane; an idle one in order, a busy one as it is."""
        if self.state is LaneState.CLOSED:
            return
        orderly = self.state is LaneState.PARKED and self._idle.is_set()
        self._become(LaneState.CLOSED)
        self._task.cancel()
        await asyncio.wait([self._task], timeout=self._means.limits.discard_seconds)
        await self._discard(orderly=orderly)

    async def _run(self) -> None:
        while True:
            try:
                await self._serve((await self._open()).rounds)
            except LaneError as error:
                await self._end(error)
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, even where it hides a cancellation
                if self._task.cancelling() or not await self._start_over(error):
                    return

    async def _open(self) -> Opened[S]:
        async with self._means.opens:
            self._opened = await opened(self._means, self.partition, self.places, self._dealt.wait)
        self._become(LaneState.POSITIONED if self._dealt.is_set() else LaneState.PARKED)
        return self._opened

    async def _serve(self, rounds: Rounds[S]) -> None:
        while True:
            self._wake.clear()
            if not self._dealt.is_set():
                failpoint("draining")
                if rounds.position_due_at is not None and not rounds.held:
                    await rounds.write_position()
                failpoint("drained")
                self._idle.set()
                await self._woken(None)
            elif self.state is LaneState.POSITIONED:
                self._means.source.seek(rounds.positions)
                self._merge.start(rounds.positions)
                self._become(LaneState.READY)
            elif rounds.held:  # what comes meanwhile gathers
                await self._woken(rounds.hold())
            elif not self._merge.holding() and not rounds.position_is_due(self._loop.time()):
                await self._woken(rounds.position_due_at)
            else:
                await self._take_turn(rounds)

    async def _take_turn(self, rounds: Rounds[S]) -> None:
        """Commits the next batch. What arrives while the lane waits for its turn is part of it."""
        async with self._means.turns.turn():
            if self.state is not LaneState.READY:
                return
            now = self._loop.time()
            if rounds.position_is_due(now):  # a relay that never runs dry comes to it too
                await rounds.write_position()
                return
            batch = self._merge.take(now, self._patience.records)
            if batch is not None and batch.records:
                self._merge.give_back(await rounds.commit(batch))
                self._patience.succeeded()
                return
            if batch is not None:
                rounds.move(batch.positions)
                return
        await self._woken(self._merge.waits_until)

    async def _woken(self, until: float | None) -> None:
        """Waits until something changes, or until a time of the loop's clock."""
        alarm = None if until is None else self._loop.call_at(until, self._wake.set)
        await self._wake.wait()
        if alarm is not None:
            alarm.cancel()

    async def _start_over(self, error: Exception) -> bool:
        """Throws everything away and waits; returns False if that happened too often."""
        means, had_been_ready = self._means, self.state is not LaneState.OPENING
        self.last_error = broke_at(error)
        means.watch.lane_failed(means.processor.name, self.partition, type(error).__name__)
        self._become(LaneState.OPENING)
        await self._discard(orderly=False)
        self._idle.set()
        times = self._patience.failed(self._loop.time()) if had_been_ready else 0
        if times >= means.limits.failures_allowed:
            text = f"{means.processor.name} lane {self.partition} failed {times} times, last with {self.last_error}"
            await self._end(LaneKeepsFailing(text))
            return False
        await asyncio.sleep(self._patience.delay())
        return True

    async def _end(self, error: LaneError) -> None:
        """Closes the lane for good and tells the engine why."""
        await self._discard(orderly=False)
        self._become(LaneState.CLOSED)
        self._idle.set()
        self._means.give_up(error)

    async def _discard(self, *, orderly: bool) -> None:
        self._merge.clear()
        opened_before, self._opened = self._opened, None
        if opened_before is not None:
            committer = opened_before.committer
            await (committer.close() if orderly else committer.abandon())

    def _known_end(self, place: TopicPartition) -> int | None:
        at_open = None if self._opened is None else self._opened.ends.get(place)
        fetched = self._means.source.known_end(place)
        return at_open if fetched is None else max(fetched, at_open or 0)

    def _become(self, state: LaneState) -> None:
        if self.state is not state and self.state is not LaneState.CLOSED:
            self.state = state
            self._means.watch.lane_changed(self._means.processor.name, self.partition, state)
