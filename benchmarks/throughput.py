"""CPU time an event at backlog, both hops, beside the ruler's one hop: paired and interleaved.

The worker and the ruler read the same sample history (the ruler from one topic of its own, without vendors' arrays and
unreadable bytes), turn by turn. CPU time is that of the whole process, less that of a start on empty topics. The
outcomes of the last run are checked by the demo's oracle.

    python -m benchmarks.throughput --leads 50000 --pairs 5
"""

from __future__ import annotations

import argparse
import asyncio
from statistics import median
from typing import NamedTuple

import orjson

from benchmarks import ruler
from benchmarks.rig import (
    cpu_seconds_of,
    fill,
    fresh_topics,
    items_of,
    plain_topics,
    rig,
    run_script,
    running_worker,
    say,
    worked_off,
)
from worker.lane.clock import wall_ms
from worker.ops.traffic import Produced, history
from worker.ops.verify.showing import verified
from worker.stream.settings import Settings

RULER_TOPICS = (ruler.INPUT, ruler.CHANGELOG, ruler.OUTCOMES)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=50_000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    with rig() as settings:
        asyncio.run(fresh_topics(settings, keep_inputs=False))
        idle = Cost(ruler=0.0, worker=worker_cpu(settings))
        events = asyncio.run(filled(settings, asked.seed, asked.leads))
        idle = idle._replace(ruler=ruler_cpu(settings, "idle", 0))
        pairs = []
        for number in range(asked.pairs):
            pairs.append(paired(of_pair(settings, number), events, idle))
            say(f"pair {number + 1}: {pairs[-1]}")
        check(of_pair(settings, asked.pairs - 1))
    result = {name: median(pair[name] for pair in pairs) for name in pairs[0]}
    print(orjson.dumps({"events": events.worker, "median": result, "pairs": pairs}).decode())


def of_pair(settings: Settings, number: int) -> Settings:
    """Returns settings of an application of the pair's own, which begins at everything."""
    return settings.model_copy(update={"application_id": f"pair-{number}"})


class Cost(NamedTuple):
    """Seconds of CPU, or numbers of events."""

    ruler: float
    worker: float


async def filled(settings: Settings, seed: int, leads: int) -> Cost:
    """Puts the history onto the inputs, and what a bare loop can read onto the ruler's; returns the numbers."""
    records = list(history(seed, leads, wall_ms()))
    readable = [r._replace(topic=ruler.INPUT) for r in records if readable_by_ruler(r)]
    size = sum(len(record.value) for record in readable) / len(readable)
    await plain_topics(settings, RULER_TOPICS)
    await fill(settings, records)
    await fill(settings, readable)
    events = sum(map(items_of, records))
    say(f"{events} events of {leads} leads; {size:.0f} bytes each")
    return Cost(len(readable), events)


def paired(settings: Settings, events: Cost, idle: Cost) -> dict[str, float]:
    """Runs the ruler, then the worker, whose groups are new, so that lag begins at everything."""
    asyncio.run(fresh_topics(settings, keep_inputs=True))
    by_hand = ruler_cpu(settings, settings.application_id, int(events.ruler)) - idle.ruler
    ours = worker_cpu(settings) - idle.worker
    ruler_us, worker_us = by_hand / events.ruler * 1e6, ours / events.worker * 1e6
    ratio = worker_us / ruler_us
    return {
        "ruler_us": round(ruler_us, 1),
        "worker_us": round(worker_us, 1),
        "ratio": round(ratio, 2),
    }


def check(settings: Settings) -> None:
    """Has what the last run left behind judged as `lead-router verify` does."""
    say("checking the outcomes of the last run ...")
    report = asyncio.run(verified(settings))
    if report.verdict != "PASS":
        raise SystemExit(f"{report.verdict}: {report.in_a_sentence()}")
    judged = report.judged
    say(f"{judged['items']} items in, {judged['outcomes']} outcomes, all as they should be")


def readable_by_ruler(record: Produced) -> bool:
    if record.topic.startswith("leads.raw."):
        return False
    try:
        return isinstance(orjson.loads(record.value), dict)
    except orjson.JSONDecodeError:
        return False


def worker_cpu(settings: Settings) -> float:
    async def once() -> None:
        async with running_worker(settings) as worker:
            await worked_off(settings, worker)

    return cpu_seconds_of(lambda: asyncio.run(once()))


def ruler_cpu(settings: Settings, group: str, events: int) -> float:
    return cpu_seconds_of(lambda: run_script("ruler.py", settings.bootstrap, group, str(events)))


if __name__ == "__main__":
    main()
