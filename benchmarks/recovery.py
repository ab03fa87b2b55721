"""CPU time to recover 200,000 leads: a worker that starts on a full changelog, less one that starts on an empty one.

python -m benchmarks.recovery --leads 200000 --rounds 3
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Mapping
from itertools import islice
from statistics import median

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
    found = []
    with rig() as settings:
        for _ in range(asked.rounds):
            asyncio.run(fresh_topics(settings, keep_inputs=False))
            empty = start_cpu(settings)
            asyncio.run(fresh_topics(settings, keep_inputs=False))
            asyncio.run(fill(settings, islice(copies(settings, lives), asked.leads)))
            full = start_cpu(settings)
            say(f"empty {empty:.2f} s, full {full:.2f} s")
            found.append(full - empty)
    seconds = median(found)
    print(
        orjson.dumps(
            {
                "leads": asked.leads,
                "cpu_seconds": seconds,
                "us_a_lead": seconds / asked.leads * 1e6,
                "rounds": found,
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


def start_cpu(settings: Settings) -> float:
    async def once() -> None:
        async with running_worker(settings):
            pass

    return cpu_seconds_of(lambda: asyncio.run(once()))


if __name__ == "__main__":
    main()
