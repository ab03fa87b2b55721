"""From produce to a read_committed consumer, both hops, with what the worker's own metrics say of the way.

python -m benchmarks.latency --seconds 30 --rates 200 1000
"""

from __future__ import annotations

import argparse
import asyncio

import aiohttp
import orjson
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.rig import fill, fresh_topics, rig, running_worker, say, worked_off
from worker.lane.clock import wall_ms
from worker.ops.demo.arrivals import noted_arrivals
from worker.ops.demo.logs import read_back
from worker.ops.demo.producing import produce_live
from worker.ops.demo.summary import latencies_ms, percentiles
from worker.ops.traffic import history, live
from worker.stream.settings import Settings

SEED = 7
LEADS = 2_000
PHASES = "lead_router_transaction_seconds"
SETTLE_SECONDS = 2
MADE_WITHIN_MS = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--rates", type=int, nargs="+", default=[200, 1_000])
    asked = parser.parse_args()
    with rig() as settings:
        for rate in asked.rates:
            found = asyncio.run(measured(settings, rate, asked.seconds))
            print(orjson.dumps(found).decode(), flush=True)


async def measured(settings: Settings, rate: int, seconds: int) -> dict[str, object]:
    await fresh_topics(settings, keep_inputs=False)
    await fill(settings, history(SEED, LEADS, wall_ms()))
    async with running_worker(settings) as worker:
        await worked_off(settings, worker)
        before = await phases(worker.url)
        async with noted_arrivals(settings) as arrivals:
            await asyncio.sleep(SETTLE_SECONDS)
            records = list(live(SEED, LEADS, wall_ms() + MADE_WITHIN_MS, rate * seconds, rate))
            await produce_live(settings, records, lambda _n: None)
            after = await phases(worker.url)
            await worked_off(settings, worker)
    latencies = latencies_ms(await read_back(settings), arrivals)
    cuts = percentiles(latencies)
    say(f"{rate}/s: {cuts}")
    return {
        "rate": rate,
        "outcomes": len(latencies),
        "p50_ms": cuts and cuts[0],
        "p99_ms": cuts and cuts[1],
        "rounds_a_second": {
            phase.removesuffix(" age"): round((count - before.get(phase, (0, 0))[1]) / seconds, 1)
            for phase, (_, count) in after.items()
            if phase.endswith(" age")
        },
        "mean_ms_by_phase": {
            phase: round(
                (total - before.get(phase, (0, 0))[0])
                / (count - before.get(phase, (0, 0))[1])
                * 1e3,
                2,
            )
            for phase, (total, count) in after.items()
            if count > before.get(phase, (0, 0))[1]
        },
    }


async def phases(url: str) -> dict[str, tuple[float, float]]:
    """Sum and count of each phase of a transaction so far."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}/metrics") as answer:
        text = await answer.text()
    sums: dict[str, float] = {}
    counts: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            name = f"{sample.labels.get('processor')} {sample.labels.get('phase')}"
            if sample.name == f"{PHASES}_sum":
                sums[name] = sample.value
            elif sample.name == f"{PHASES}_count":
                counts[name] = sample.value
    return {name: (sums[name], counts[name]) for name in sums}


if __name__ == "__main__":
    main()
