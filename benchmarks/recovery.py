"""CPU time and memory to recover leads: a worker that starts on a full changelog, less one that starts on an empty one.

python -m benchmarks.recovery --leads 200000 --rounds 3
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from statistics import median
from typing import NamedTuple

import orjson

from benchmarks.lives import changelog_values
from benchmarks.rig import cpu_seconds_of, fill, fresh_topics, rig, running_worker, say
from topics.catalogue import lifecycle_changelog
from worker.lane.clock import wall_ms
from worker.ops.traffic import Produced
from worker.stream.settings import Settings

DIFFERENT_LIVES = 5_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
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
    seconds = median(found)
    print(
        orjson.dumps(
            {
                "leads": asked.leads,
                "cpu_seconds": seconds,
                "us_a_lead": seconds / asked.leads * 1e6,
                "rounds": found,
                "most_mb": median(held),
            }
        ).decode()
    )


def copies(settings: Settings, lives: Mapping[bytes, bytes]) -> Iterator[Produced]:
    """The same lives again and again, under other names."""
    topic, now, copy = lifecycle_changelog(settings.application_id).name, wall_ms(), 0
    while True:
        for key, value in lives.items():
            yield Produced(topic, b"%s/%d" % (key, copy), value, (), now)
        copy += 1


class Start(NamedTuple):
    """What a worker has taken until it was ready and ended: CPU time, and the most memory it ever held."""

    cpu_seconds: float
    most_mb: float


def start(settings: Settings) -> Start:
    most_mb = 0.0

    async def once() -> None:
        nonlocal most_mb
        async with running_worker(settings) as worker:
            most_mb = most_resident_mb(worker.pid)

    return Start(cpu_seconds_of(lambda: asyncio.run(once())), most_mb)


def most_resident_mb(pid: int) -> float:
    """Returns the most memory that a process has held so far, as Linux tells."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main()
