"""CPU time an event at backlog, both hops, beside the ruler's one hop: paired and interleaved.

The worker and the ruler read the same sample history (the ruler from one topic of its own, without vendors' arrays and
unreadable bytes), turn by turn. CPU time is that of the whole process, less that of a start on empty topics.

    python -m benchmarks.throughput --leads 50000 --pairs 5
"""

from __future__ import annotations

import argparse
import asyncio
from statistics import median

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
from worker.stream.settings import Settings

RULER_TOPICS = (ruler.CHANGELOG, ruler.OUTCOMES)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=50_000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    with rig() as settings:
        asyncio.run(fresh_topics(settings, keep_inputs=False))
        start = worker_cpu(settings)
        records = list(history(asked.seed, asked.leads, wall_ms()))
        readable = [r._replace(topic=ruler.INPUT) for r in records if readable_by_ruler(r)]
        events, ruler_events = sum(map(items_of, records)), len(readable)
        sizes = [len(record.value) for record in readable]
        say(f"{events} events of {asked.leads} leads; {sum(sizes) / len(sizes):.0f} bytes each")
        asyncio.run(plain_topics(settings, [ruler.INPUT]))
        asyncio.run(fill(settings, records))
        asyncio.run(fill(settings, readable))
        del records, readable
        ruler_start = ruler_cpu(settings, "idle", 0)
        pairs = []
        for number in range(asked.pairs):
            asyncio.run(fresh_topics(settings, keep_inputs=True))
            asyncio.run(plain_topics(settings, RULER_TOPICS))
            by_hand = (
                (ruler_cpu(settings, f"pair-{number}", ruler_events) - ruler_start)
                / ruler_events
                * 1e6
            )
            ours = (worker_cpu(settings) - start) / events * 1e6
            pairs.append({"ruler_us": by_hand, "worker_us": ours, "ratio": ours / by_hand})
            say(
                f"pair {number + 1}: ruler {by_hand:.1f} us, worker {ours:.1f} us, x {ours / by_hand:.2f}"
            )
        result = {name: median(pair[name] for pair in pairs) for name in pairs[0]}
        print(orjson.dumps({"events": events, "median": result, "pairs": pairs}).decode())


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
