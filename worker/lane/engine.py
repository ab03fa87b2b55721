"""All lanes of one processor in one process: what the group gives, the pump that feeds them, offsets for lag tools."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection, Coroutine, Iterator
from functools import partial
from typing import Generic, TypeVar

from worker.lane import standing
from worker.lane.clock import Act, Clock, every, wall_ms
from worker.lane.consent import Consent
from worker.lane.doubts import Doubts
from worker.lane.errors import LaneError
from worker.lane.fetches import Fetches
from worker.lane.fit import Fit, PartitionsAdded
from worker.lane.guard import FetchStalled, InputGuard
from worker.lane.lane import Lane
from worker.lane.limits import Limits
from worker.lane.log import Log, Source, WentBack
from worker.lane.means import Means
from worker.lane.offsets import OffsetReports
from worker.lane.processor import Processor, TopicPartition
from worker.lane.spine_writer import SpineWriter
from worker.lane.tasks import begun, end
from worker.lane.turns import Turns
from worker.lane.watch import LaneState, Watch

S = TypeVar("S")


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
        limits, watch = limits or Limits(), watch or Watch()
        turns = turns or asyncio.Semaphore(limits.transactions_at_once)
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lanes: dict[int, Lane[S]] = {}
        self._means: Means[S] = Means(
            processor=processor,
            group=group,
            log=log,
            source=source,
            limits=limits,
            watch=watch,
            clock=clock,
            spine=SpineWriter(log, limits, clock),
            opens=asyncio.Semaphore(limits.opens_at_once),
            turns=Turns(turns, limits.turn_seconds),
            partitions=lambda: self._fit.lanes,
            ids=lambda: self._inputs.ids,
            give_up=self.give_up,
        )
        self._task: asyncio.Task[None] | None = None
        self._stopping = self._stalled = False
        self._fit, self._fetches = Fit(log, processor), Fetches(limits, processor.name)
        self._dealt = asyncio.Event()
        self._reports = OffsetReports(source, limits, watch, processor.name)
        self._doubts = Doubts(self._look, self.give_up)
        self._consent = Consent(self._means, lambda: standing.successors_of(self.lanes.values()))
        self._inputs = InputGuard(log, source, watch, processor, limits)
        self._doing = "not started"

    async def start(self) -> None:
        """Begins in the background: waits for the broker as long as it takes."""
        self._task = begun(self._run(), f"{self._means.processor.name} pump", self.give_up)

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
            await self._reports.report(standing.positions_in(self.lanes.values()))
        await asyncio.gather(*(lane.close() for lane in self.lanes.values()))
        self.lanes.clear()
        await self._end("spine", self._means.spine.close())
        await self._end("group", self._means.source.stop())
        await self._end("questions", self._means.log.close())

    async def _end(self, what: str, ending: Coroutine[None, None, None]) -> None:
        """Ends something within the limit."""
        seconds = self._means.limits.discard_seconds
        await end(ending, seconds, partial(self._trouble, f"ending {what}"))

    def not_ready(self) -> list[str]:
        """Returns what is missing before this processor works, in words; empty if nothing is."""
        name = self._means.processor.name
        if self.failed.done():
            return [f"{name} has failed"]
        if not self._dealt.is_set():
            return [f"{name} is {self._doing}"]
        return standing.not_ready(name, self.lanes)

    def lag(self) -> list[standing.Lag]:
        """Returns how far behind each open lane is, by input."""
        return standing.lags_of(self.lanes.values(), self._means.source, self._means.clock())

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
        if any(place.partition >= self._fit.lanes for place in places):
            self._trouble("deal", PartitionsAdded())
            self._stalled = True
            return
        dealt = standing.by_lane(places, self._means.processor.inputs)
        gone = [
            number
            for number, lane in self.lanes.items()
            if lane.places != dealt.get(number) or lane.state is LaneState.CLOSED
        ]
        await asyncio.gather(*(self.lanes.pop(number).close() for number in gone))
        for number, inputs in sorted(dealt.items()):
            if number in self.lanes:
                self.lanes[number].resume()
            else:
                self.lanes[number] = Lane(self._means, number, inputs)
        self._dealt.set()

    async def _run(self) -> None:
        """Joins the group and pumps; joins anew when fetching fails again and again, or stalls. `LaneError`s end it."""
        while await self._joined():
            besides = [
                begun(every(pause, act), name, self.give_up) for pause, act, name in self._besides()
            ]
            try:
                await self._pump_while_it_works()
            finally:
                for task in besides:
                    task.cancel()
                self._doubts.forget()
            await self._park()
            await self._end("group", self._means.source.stop())

    async def _joined(self) -> bool:
        """Waits for the broker and joins the group; returns False if it is to stop instead."""
        while not self._stopping:
            self._doing = f"waiting for {self._fit.waits_for}"
            try:
                await self._fit.check()
                await self._inputs.begin(self._means.processor.inputs)
                self._stalled = False
                await self._means.source.start(self)
            except LaneError:
                raise
            except Exception as error:  # noqa: BLE001 - a broker that is down is waited for
                self._trouble("start", error)
                await asyncio.sleep(self._means.limits.start_again_seconds)
            else:
                return True
        return False

    async def _pump_while_it_works(self) -> None:
        """Pumps, and returns when stopped or when too many fetches in a row have failed."""
        while not (self._stopping or self._stalled):
            try:
                await self._pump()
                self._fetches.succeeded()
            except LaneError:
                raise
            except Exception as error:  # noqa: BLE001 - counted; the lanes seek again
                self._trouble("fetch", error)
                if isinstance(error, WentBack):
                    self._doubts.raised(error.places)
                for lane in self.lanes.values():
                    lane.reposition()
                self._stalled |= self._fetches.failed(error)
                await asyncio.sleep(self._means.limits.retry_backoff_ms / 1000)

    async def _pump(self) -> None:
        """Feeds the lanes what was fetched. A chunk reaches its lane in the loop step in which it was taken."""
        limits = self._means.limits
        fed = [lane for number, lane in self.lanes.items() if number not in self._doubts]
        wanted = [place for lane in fed for place in lane.places if lane.wants(place)]
        if not wanted:
            await asyncio.sleep(limits.idle_seconds)
            return
        for chunk in await self._means.source.poll(wanted, limits.max_records, limits.poll_ms):
            self._inputs.saw(chunk)
            lane = self.lanes.get(chunk.place.partition)
            if lane is not None:
                lane.feed(chunk)

    def _besides(self) -> Iterator[tuple[float, Act, str]]:
        """Yields what is done besides pumping: how often (seconds), what, and its name."""
        limits = self._means.limits
        yield limits.offsets_seconds, self._report, "offsets"
        yield limits.stall_seconds, self._doubts.look, "guard"
        yield limits.agree_seconds, self._consent.look, "consent"

    async def _report(self) -> None:
        """Tells lag tools where the lanes are, unless the group is being dealt."""
        if self._dealt.is_set():
            await self._reports.report(standing.positions_in(self.lanes.values()))

    async def _look(self) -> None:
        """Looks whether inputs and topics are still what they were; what is wrong for good stops the process."""
        try:
            lanes = list(self.lanes.values()) if self._dealt.is_set() else []
            await self._inputs.look(*standing.inputs_of(lanes))
            await self._fit.check_still()
        except LaneError as error:
            self.give_up(error)
        except FetchStalled as error:
            self._trouble("fetch", error)
            self._stalled = True
        except Exception as error:  # noqa: BLE001 - it looks again
            self._trouble("guard", error)

    def _trouble(self, doing: str, error: Exception) -> None:
        self._means.watch.trouble(self._means.processor.name, doing, type(error).__name__)

    def give_up(self, error: LaneError) -> None:
        """Has the process stop."""
        if not self.failed.done():
            self.failed.set_exception(error)
