"""All lanes of one processor in one process: what the group gives, the pump that feeds them, offsets for lag tools."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection
from typing import Generic, NamedTuple, TypeVar

from worker.lane.clock import Clock, wall_ms
from worker.lane.errors import LaneError, NotForeseen, broke_at
from worker.lane.fit import check_topics
from worker.lane.lane import Lane
from worker.lane.limits import Limits
from worker.lane.log import Log, Source
from worker.lane.means import Means
from worker.lane.offsets import OffsetReports
from worker.lane.processor import Processor, TopicPartition
from worker.lane.spine_writer import SpineWriter
from worker.lane.watch import LaneState, Unwatched, Watch

S = TypeVar("S")


class Lag(NamedTuple):
    """How far behind a lane is in one input."""

    topic: str
    partition: int
    messages: int
    seconds: float
    """Age of the last record applied, 0 if nothing is left to read; since the lane opened."""


class Engine(Generic[S]):
    """Runs one processor. `failed` ends with a `LaneError` if the process has to stop."""

    def __init__(  # noqa: PLR0913 - the wiring of one processor, all by name
        self,
        processor: Processor[S],
        *,
        group: str,
        log: Log,
        source: Source,
        limits: Limits | None = None,
        watch: Watch | None = None,
        clock: Clock = wall_ms,
        turns: asyncio.Semaphore | None = None,
    ) -> None:
        limits = limits or Limits()
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lanes: dict[int, Lane[S]] = {}
        self._means: Means[S] = Means(
            processor=processor,
            group=group,
            log=log,
            source=source,
            limits=limits,
            watch=watch or Unwatched(),
            clock=clock,
            spine=SpineWriter(log, limits, clock),
            opens=asyncio.Semaphore(limits.opens_at_once),
            turns=turns or asyncio.Semaphore(limits.transactions_at_once),
            give_up=self._give_up,
        )
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._dealt = asyncio.Event()
        self._reports = OffsetReports(source, limits, self._means.watch, processor.name)
        self._doing = "not started"

    async def start(self) -> None:
        """Begins in the background: waits for the broker as long as it takes."""
        self._task = asyncio.create_task(self._run(), name=f"{self._means.processor.name} pump")
        self._task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Finishes the running rounds and leaves the group, within the limit."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._means.limits.stop_seconds):
                await self._stop()

    async def _stop(self) -> None:
        dealt = self._dealt.is_set()
        self._doing, self._stopping = "stopping", True
        await self._park()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=self._means.limits.discard_seconds)
        if dealt:
            await self._reports.report(self._positions())
        await asyncio.gather(*(lane.close() for lane in self.lanes.values()))
        self.lanes.clear()
        await self._means.spine.close()
        await self._means.source.stop()

    def not_ready(self) -> list[str]:
        """Returns what is missing before this processor works, in words; empty if nothing is."""
        name = self._means.processor.name
        if self.failed.done():
            return [f"{name} has failed"]
        if not self._dealt.is_set():
            return [f"{name} is {self._doing}"]
        return [
            f"{name} lane {number} is {lane.state}"
            + (f" after {lane.last_error}" if lane.last_error else "")
            for number, lane in sorted(self.lanes.items())
            if lane.state is not LaneState.READY
        ]

    def lag(self) -> list[Lag]:
        """Returns how far behind each open lane is, by input."""
        now_ms, lags = self._means.clock(), []
        for lane in self.lanes.values():
            for place, position in lane.positions.items():
                end = self._means.source.known_end(place)
                messages = max(0, (end or position) - position)
                last = lane.last_applied_ms
                seconds = (now_ms - last) / 1000 if messages and last is not None else 0.0
                lags.append(Lag(place.topic, place.partition, messages, seconds))
        return lags

    async def revoked(self) -> None:
        """Parks all lanes: what is running is finished, nothing new begins."""
        self._doing = "waiting for the group to deal"
        await self._park()

    async def _park(self) -> None:
        self._dealt.clear()
        await self._reports.hush()
        await asyncio.gather(*(lane.park() for lane in self.lanes.values()))

    async def assigned(self, places: Collection[TopicPartition]) -> None:
        """Goes on with the lanes that were kept, closes those that went, and opens those that came."""
        if self._stopping:
            return
        dealt: dict[int, list[TopicPartition]] = {}
        for topic in self._means.processor.inputs:
            for place in sorted(place for place in places if place.topic == topic):
                dealt.setdefault(place.partition, []).append(place)
        gone = [
            number
            for number, lane in self.lanes.items()
            if lane.places != tuple(dealt.get(number, ())) or lane.state is LaneState.CLOSED
        ]
        await asyncio.gather(*(self.lanes.pop(number).close() for number in gone))
        for number, inputs in sorted(dealt.items()):
            if number in self.lanes:
                self.lanes[number].resume()
            else:
                self.lanes[number] = Lane(self._means, number, inputs)
        self._dealt.set()

    async def _run(self) -> None:
        """Joins the group and pumps; joins anew when fetching fails again and again."""
        while await self._joined():
            reporting = asyncio.create_task(self._report())
            try:
                await self._pump_while_it_works()
            finally:
                reporting.cancel()
            await self._park()
            await self._leave()

    async def _joined(self) -> bool:
        """Waits for the broker and joins the group; returns False if there is no use in going on."""
        while not self._stopping:
            self._doing = "waiting for the broker"
            try:
                await check_topics(self._means.log, self._means.processor)
                await self._means.source.start(self)
            except LaneError as error:
                self._give_up(error)
                return False
            except Exception as error:  # noqa: BLE001 - a broker that is down is waited for
                self._trouble("start", error)
                await asyncio.sleep(self._means.limits.start_again_seconds)
            else:
                return True
        return False

    async def _leave(self) -> None:
        try:
            async with asyncio.timeout(self._means.limits.discard_seconds):
                await self._means.source.stop()
        except Exception as error:  # noqa: BLE001 - what is left of the membership expires
            self._trouble("leave", error)

    async def _pump_while_it_works(self) -> None:
        """Pumps, and returns when stopped or when too many fetches in a row have failed."""
        failed, limits = 0, self._means.limits
        while not self._stopping and failed < limits.fetch_failures_allowed:
            try:
                await self._pump()
                failed = 0
            except Exception as error:  # noqa: BLE001 - counted; the lanes seek again
                self._trouble("fetch", error)
                for lane in self.lanes.values():
                    lane.reposition()
                failed += 1
                await asyncio.sleep(limits.retry_backoff_ms / 1000)

    async def _pump(self) -> None:
        """Feeds the lanes what was fetched. A chunk reaches its lane in the loop step in which it was taken."""
        limits = self._means.limits
        wanted = [
            place for lane in self.lanes.values() for place in lane.places if lane.wants(place)
        ]
        if not wanted:
            await asyncio.sleep(limits.idle_seconds)
            return
        for chunk in await self._means.source.poll(wanted, limits.max_records, limits.poll_ms):
            lane = self.lanes.get(chunk.place.partition)
            if lane is not None:
                lane.feed(chunk)

    async def _report(self) -> None:
        """Tells lag tools where the lanes are, unless the group is being dealt."""
        while True:
            await asyncio.sleep(self._means.limits.offsets_seconds)
            if self._dealt.is_set():
                await self._reports.report(self._positions())

    def _positions(self) -> dict[TopicPartition, int]:
        """Returns how far the lanes that are ours have come."""
        return {
            place: position
            for lane in self.lanes.values()
            for place, position in lane.positions.items()
        }

    def _trouble(self, doing: str, error: Exception) -> None:
        self._means.watch.trouble(self._means.processor.name, doing, type(error).__name__)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Sees to it that the pump never ends without a word."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._give_up(NotForeseen(broke_at(error)))

    def _give_up(self, error: LaneError) -> None:
        if not self.failed.done():
            self.failed.set_exception(error)
