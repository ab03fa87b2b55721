"""The course of the demo, step by step: topics, history, worker, live traffic, and what came out."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.progress import Progress

from worker.lane.clock import wall_ms
from worker.ops.demo.arrivals import noted_arrivals
from worker.ops.demo.catching_up import AT_ONCE, catch_up
from worker.ops.demo.logs import Logs, read_back
from worker.ops.demo.overtaken import overtaken
from worker.ops.demo.producing import produce_history, produce_live
from worker.ops.demo.screen import progress_on
from worker.ops.demo.summary import events_per_second, latencies_ms, percentiles
from worker.ops.demo.worker_process import WorkerProcess
from worker.ops.exits import EnvironmentTrouble
from worker.ops.traffic import history, live
from worker.ops.verify.report import Report
from worker.ops.verify.showing import verified
from worker.stream import admin
from worker.stream.lag import lag_reader
from worker.stream.settings import Settings

MADE_WITHIN_MS = 1_000
"""Live events are made before the first is due: none begins its way late."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much traffic there is; the same seed gives the same leads."""

    seed: int = 7
    leads: int = 2_000
    live_seconds: int = 20
    live_per_second: int = 200


@dataclass(frozen=True)
class Findings:
    """What one run of the demo found out."""

    logs: Logs
    report: Report
    overtaken: tuple[str, ...]
    """Leads whose events overtook each other on their way to the spine."""
    lag: int
    events_per_second: float
    latency_ms: tuple[float, float] | None


async def run_course(
    settings: Settings, worker: WorkerProcess, size: Size, console: Console
) -> Findings:
    """Put the traffic through the worker and look at what came out; the worker is left running."""
    await prepare_topics(settings)
    starts_at = wall_ms()
    with progress_on(console) as progress:
        produced = await _history(settings, size, starts_at, progress)
        worker.start()
        await _worked_off(settings, worker, progress, produced)
        live_from = wall_ms()
        async with noted_arrivals(settings) as arrivals:
            await _live(settings, size, progress)
            lag = await catch_up(settings, worker, lambda _done: None)
    console.print("reading everything back ...", style="dim")
    logs = await read_back(settings)
    return Findings(
        logs,
        await verified(settings),
        overtaken(logs),
        lag,
        events_per_second(logs, live_from),
        percentiles(latencies_ms(logs, arrivals)),
    )


async def prepare_topics(settings: Settings) -> None:
    """Create what is missing; EnvironmentTrouble where the topics hold somebody's events already."""
    await admin.create(settings, (await admin.inspected(settings)).missing)
    async with lag_reader(settings) as reader:
        if any(lag.end for lag in await reader.read()):
            raise EnvironmentTrouble(
                f"the Kafka at {settings.bootstrap} holds events already; the demo wants one of its own"
            )


async def _history(settings: Settings, size: Size, ends_at: int, progress: Progress) -> int:
    """Put nine months onto the input topics; return how many records that were."""
    records = list(history(size.seed, size.leads, ends_at))
    task = progress.add_task("nine months of history, produced", total=len(records))
    await produce_history(settings, records, lambda n: progress.advance(task, n))
    return len(records)


async def _worked_off(
    settings: Settings, worker: WorkerProcess, progress: Progress, produced: int
) -> None:
    """Wait until the worker has worked off the history."""
    task = progress.add_task("worked off by the worker", total=produced)
    await catch_up(settings, worker, lambda done: progress.update(task, completed=done), AT_ONCE)


async def _live(settings: Settings, size: Size, progress: Progress) -> None:
    """Produce live traffic, each event at its time."""
    events = size.live_seconds * size.live_per_second
    starts_at = wall_ms() + MADE_WITHIN_MS
    records = list(live(size.seed, size.leads, starts_at, events, size.live_per_second))
    task = progress.add_task(f"live traffic, {size.live_per_second} events/s", total=len(records))
    await produce_live(settings, records, lambda n: progress.advance(task, n))
