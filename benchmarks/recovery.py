"""CPU time and memory to recover leads: of a worker that is ready on a full changelog, less one on an empty one.

Exit status 1 if the median takes longer, or more, than is allowed.

python -m benchmarks.recovery --leads 200000 --rounds 3 [--most-us 3] [--most-mb 600]
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from statistics import median
from typing import NamedTuple

import orjson

from benchmarks.lives import changelog_values
from benchmarks.rig import fill, fresh_topics, rig, running_worker, say
from topics.catalogue import lifecycle_changelog
from worker.lane.clock import wall_ms
from worker.ops.traffic import Produced
from worker.stream.settings import Settings

DIFFERENT_LIVES = 5_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most-us", type=float, default=math.inf, help="CPU time a lead")
    parser.add_argument("--most-mb", type=float, default=math.inf, help="for all of them")
    asked = parser.parse_args()
    lives = changelog_values(DIFFERENT_LIVES)
    found, held = [], []
    with rig() as settings:
        for _ in range(asked.rounds):
            asyncio.run(fresh_topics(settings, keep_inputs=False))
            empty = start(settings)
            asyncio.run(fresh_topics(settings, keep_inputs=False))
            asyncio.run(fill(settings, islice(copies(settings, lives), asked.leads)))
            full = start(settings)
            say(f"empty {empty}, full {full}")
            found.append(full.cpu_seconds - empty.cpu_seconds)
            held.append(full.most_mb - empty.most_mb)
    seconds, most_mb = median(found), median(held)
    us_a_lead = seconds / asked.leads * 1e6
    print(
        orjson.dumps(
            {
                "leads": asked.leads,
                "cpu_seconds": seconds,
                "us_a_lead": us_a_lead,
                "rounds": found,
                "most_mb": most_mb,
            }
        ).decode()
    )
    return 1 if us_a_lead > asked.most_us or most_mb > asked.most_mb else 0


def copies(settings: Settings, lives: Mapping[bytes, bytes]) -> Iterator[Produced]:
    """The same lives again and again, under other names."""
    topic, now, copy = lifecycle_changelog(settings.application_id).name, wall_ms(), 0
    while True:
        for key, value in lives.items():
            yield Produced(topic, b"%s/%d" % (key, copy), value, (), now)
        copy += 1


class Start(NamedTuple):
    """What a worker has taken until it was ready: CPU time (user and system), and the most memory it held."""

    cpu_seconds: float
    most_mb: float


def start(settings: Settings) -> Start:
    async def once() -> Start:
        async with running_worker(settings) as worker:
            return Start(cpu_seconds_so_far(worker.pid), most_resident_mb(worker.pid))

    return asyncio.run(once())


def cpu_seconds_so_far(pid: int) -> float:
    """Returns the CPU time that a process has taken so far, as Linux tells: to the hundredth."""
    told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return sum(map(int, told[11:13])) / os.sysconf("SC_CLK_TCK")


def most_resident_mb(pid: int) -> float:
    """Returns the most memory that a process has held so far, as Linux tells."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    sys.exit(main())
