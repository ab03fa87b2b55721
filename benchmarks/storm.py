"""What a storm of bad input does to the good: 5,000 records, one in ten good, beside the good ones alone.

The good are raised hands of new leads, each with a status change; the bad are the corpus's (tests/corpus), every record
of it that is nothing but dead letters, in turn. Three kinds of traffic, turn by turn: the good ones `alone`, the
`storm`, and `all good` at the storm's rate. From the record's timestamp to the poll that returned the outcome; CPU is
the worker's own, by its metrics.

Exit status 1 if good ones are lost or doubled, or bad ones without a dead letter; with `--most` also if the good ones
take more than so many times as long in a storm as in one of the others, by p50 or p99.

    python -m benchmarks.storm --records 5000 --rates 500 5000 --rounds 3 --most 2
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

import aiohttp
import orjson
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.rig import fresh_topics, rig, running_worker, say, worked_off
from tests.corpus.storm import GOOD_IN, traffic
from topics.catalogue import DEAD_LETTER
from worker.lane.clock import wall_ms
from worker.ops.demo.arrivals import noted_arrivals
from worker.ops.demo.logs import read_back
from worker.ops.demo.producing import produce_live
from worker.ops.demo.summary import latencies_ms, percentiles
from worker.ops.traffic import Produced
from worker.stream.settings import Settings

Rounds = list[dict[str, float]]
MADE_WITHIN_MS = 3_000
SETTLE_SECONDS = 1
LATENCIES = [(other, name) for other in ("alone", "all good") for name in ("p50_ms", "p99_ms")]
COMPARED = [*LATENCIES, ("all good", "cpu_us_a_record")]
"""Alone, a record costs what an idle worker costs."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=5_000)
    parser.add_argument("--rates", type=int, nargs="+", default=[500, 5_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most", type=float, default=math.inf, help="times as long as without it")
    asked = parser.parse_args()
    good = True
    with rig() as settings:
        for rate in asked.rates:
            found = asyncio.run(measured(settings, asked.records, rate, asked.rounds))
            late = list(slower(found["ratios"], asked.most))
            good = good and not late and complete(asked.records, **found["rounds"])
            print(orjson.dumps(found).decode(), flush=True)
            for one in late:
                say(f"{rate}/s, {one}, {asked.most:g} at most")
    return 0 if good else 1


def complete(records: int, *, alone: Rounds, storm: Rounds, **_others: Rounds) -> bool:
    """Returns whether the good came to the same in a storm as alone, and each of the bad to a dead letter at least."""
    bad = records - len(range(0, records, GOOD_IN))
    outcomes = {run["outcomes"] for run in (*alone, *storm)}
    return (
        len(outcomes) == 1
        and min(outcomes) > 0
        and all(run["dead_letters"] >= bad for run in storm)
    )


def slower(ratios: Mapping[str, float], most: float) -> Iterator[str]:
    """Yields by what the good took more than so many times as long in a storm."""
    for other, name in LATENCIES:
        ratio = ratios[comparison(other, name)]
        if ratio > most:
            yield f"{comparison(other, name)}: {ratio:g} x"


def comparison(other: str, name: str) -> str:
    """Returns what a ratio is called."""
    return f"{name}, storm / {other}"


async def measured(settings: Settings, records: int, rate: int, rounds: int) -> dict[str, Any]:
    """Runs each kind of traffic in each round, and returns the medians and what they are to each other."""
    await fresh_topics(settings, keep_inputs=False)
    found: dict[str, Rounds] = {"alone": [], "storm": [], "all good": []}
    async with running_worker(settings) as worker:
        await told(settings, worker, list(traffic("warm-up", "storm", records // 5, rate)))
        for number in range(rounds):
            for kind, runs in found.items():
                made = list(traffic(f"{number}-{kind}", kind, records, rate))
                runs.append(await told(settings, worker, made))
                say(f"{rate}/s, {kind}: {runs[-1]}")
    middle = {
        kind: {name: median(run[name] for run in runs) for name in runs[0]}
        for kind, runs in found.items()
    }
    ratios = {
        comparison(other, name): round(middle["storm"][name] / middle[other][name], 2)
        for other, name in COMPARED
    }
    return {"records": records, "rate": rate, "median": middle, "ratios": ratios, "rounds": found}


async def told(settings: Settings, worker: Any, records: list[Produced]) -> dict[str, float]:
    """Produces records at their times, and returns how long the good took, and what all of them cost."""
    before = await cpu_seconds(worker.url)
    async with noted_arrivals(settings) as arrivals:
        await asyncio.sleep(SETTLE_SECONDS)
        late = wall_ms() + MADE_WITHIN_MS - records[0].timestamp_ms
        timed = [one._replace(timestamp_ms=one.timestamp_ms + late) for one in records]
        await produce_live(settings, timed, lambda _n: None)
        await worked_off(settings, worker)
    after = await cpu_seconds(worker.url)
    logs = await read_back(settings)
    since = timed[0].timestamp_ms
    p50, p99 = percentiles(latencies_ms(logs, arrivals)) or (0.0, 0.0)
    return {
        "p50_ms": p50,
        "p99_ms": p99,
        "outcomes": float(len(arrivals)),
        "dead_letters": float(
            sum(letter.timestamp_ms >= since for letter in logs.records[DEAD_LETTER.name])
        ),
        "cpu_us_a_record": round((after - before) / len(records) * 1e6, 1),
    }


async def cpu_seconds(url: str) -> float:
    """Returns the CPU time of the worker so far, by its own metrics."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}/metrics") as answer:
        text = await answer.text()
    return next(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "process_cpu_seconds_total"
    )


if __name__ == "__main__":
    sys.exit(main())
