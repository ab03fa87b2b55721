"""What a decision costs, single core, no Kafka: admit, decide, and a lead's way into and out of its changelog value.

python -m benchmarks.decide --leads 2000
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from statistics import median
from time import process_time
from typing import Any

import orjson

from benchmarks.lives import SEED, admitted_of, told
from schemas import spine
from worker.lane.clock import wall_ms
from worker.lifecycle.record import decode_lead, encode_lead
from worker.ops.traffic import history

ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=2_000)
    asked = parser.parse_args()
    records = list(history(SEED, asked.leads, wall_ms()))
    admitted = list(admitted_of(records))
    activities = [activity for _, activity in admitted]
    messages = [spine.encode(activity) for activity in activities]
    leads = list(told(admitted).values())
    values = [encode_lead(lead) for lead in leads]
    events = len(admitted)
    steps: dict[str, tuple[Callable[[], object], int]] = {
        "admit_us": (lambda: list(admitted_of(records)), events),
        "decide_us": (lambda: told(admitted), events),
        "encode_activity_us": (lambda: each(spine.encode, activities), events),
        "decode_activity_us": (lambda: each(spine.decode, messages), events),
        "encode_lead_us": (lambda: each(encode_lead, leads), len(leads)),
        "decode_lead_us": (lambda: each(decode_lead, values), len(leads)),
    }
    figures = {name: cost(run, count) for name, (run, count) in steps.items()}
    print(orjson.dumps({"events": events, "leads": len(leads), **figures}).decode())


def cost(run: Callable[[], object], events: int) -> float:
    """Median CPU time of a few rounds, in microseconds an event."""
    times = []
    for _ in range(ROUNDS):
        before = process_time()
        run()
        times.append(process_time() - before)
    return round(median(times) / events * 1e6, 2)


def each(step: Callable[[Any], object], things: Iterable[Any]) -> None:
    for thing in things:
        step(thing)


if __name__ == "__main__":
    main()
