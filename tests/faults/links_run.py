"""E5, trouble with the whole link: `python -m tests.faults.links_run --seed 1 [--push] [--only cut,resets]`.

Two workers under load; the link between them and the brokers is cut both ways or one way for longer than a session, or
for so long that the broker gives up on transactions; is slow; or every connection is broken again and again. What was
under way when it was cut arrives when it is mended, however old it is by then. After that lag has to be 0 within 60 s,
and the oracle has to find nothing. A fault that stopped, delayed or broke nothing at the proxy is an error.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.faults.installation import LOOK_SECONDS, Installation, installed
from tests.faults.proxy import Proxy
from tests.faults.proxy.link import Way
from tests.faults.running import named, parser_of, run
from tests.faults.telling import say
from tests.faults.trial import (
    GOES_ON_SECONDS,
    TRAFFIC_SEEDS,
    Result,
    Vacuous,
    alive,
    tried,
)
from tests.kafka.worker_process import Worker

CUT_SECONDS = 10.0
"""Longer than a session (6 s), shorter than a request may take (12 s)."""
LONG_SECONDS = 35.0
"""Longer than a transaction may stay open (20 s) and than the broker takes to notice (10 s)."""
SLOW_SECONDS = 20.0
LATENCY_SECONDS = 0.2
RESETS = 10

TAKEN_OVER_SECONDS = 60.0
LANES = 12
"""Of three processors, four partitions each."""
READY_LANES = re.compile(r'^lead_router_lanes{[^}]*state="ready"} ([0-9.]+)$', re.MULTILINE)

Act = Callable[[Proxy, Worker], Awaitable[str]]
"""Makes trouble and heals it; returns what was seen of it at the proxy, nothing if it did not bite."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What befalls the line of the first worker; the second has a line `apart`, or shares it."""

    where: str
    act: Act
    apart: bool = False


async def _cut(ways: Sequence[Way], seconds: float = CUT_SECONDS) -> str:
    for way in ways:
        way.cut()
    await asyncio.sleep(seconds)
    stopped = [way.stopped for way in ways]
    for way in ways:
        way.mend()
    return f"messages stopped: {stopped}" if any(stopped) else ""


async def both_ways(proxy: Proxy, second: Worker) -> str:
    """Cuts both ways."""
    return await _cut([proxy.link.requests, proxy.link.answers])


async def for_long(proxy: Proxy, second: Worker) -> str:
    """Cuts both ways, for longer than anybody waits."""
    return await _cut([proxy.link.requests, proxy.link.answers], LONG_SECONDS)


async def requests_alone(proxy: Proxy, second: Worker) -> str:
    """Lets answers through and no requests."""
    return await _cut([proxy.link.requests])


async def answers_alone(proxy: Proxy, second: Worker) -> str:
    """Lets requests through and no answers."""
    return await _cut([proxy.link.answers])


async def slow(proxy: Proxy, second: Worker) -> str:
    """Makes every message take 200 ms, each way."""
    ways = (proxy.link.requests, proxy.link.answers)
    for way in ways:
        way.latency = LATENCY_SECONDS
    await asyncio.sleep(SLOW_SECONDS)
    proxy.heal()
    delayed = [way.delayed for way in ways]
    return f"messages delayed: {delayed}" if all(delayed) else ""


async def resets(proxy: Proxy, second: Worker) -> str:
    """Breaks every connection, each second."""
    broken = 0
    for _ in range(RESETS):
        broken += proxy.reset()
        await asyncio.sleep(1)
    return f"connections broken: {broken}" if broken else ""


async def zombie(proxy: Proxy, second: Worker) -> str:
    """Cuts the first worker off until the second has taken over; what the first had sent arrives after that."""
    link, loop = proxy.link, asyncio.get_running_loop()
    link.requests.cut()
    link.answers.cut()
    began = loop.time()
    async with asyncio.timeout(TAKEN_OVER_SECONDS):
        while await _ready_lanes(second) < LANES:
            await asyncio.sleep(LOOK_SECONDS)
    took = loop.time() - began
    proxy.heal()
    stopped = link.requests.stopped
    return f"taken over after {took:.1f} s, requests that came late: {stopped}" if stopped else ""


async def _ready_lanes(worker: Worker) -> float:
    _, figures = await worker.page("metrics")
    return sum(map(float, READY_LANES.findall(figures)))


TROUBLES: dict[str, Trouble] = {
    "cut": Trouble("nothing passes for 10 s", both_ways),
    "long": Trouble("nothing passes for 35 s", for_long),
    "requests": Trouble("no request passes for 10 s, answers do", requests_alone),
    "answers": Trouble("no answer passes for 10 s, requests do", answers_alone),
    "slow": Trouble("200 ms each way, for 20 s", slow),
    "resets": Trouble("every connection breaks, each second for 10 s", resets),
    "zombie": Trouble("one of two workers is cut off until it is replaced", zombie, apart=True),
}


async def endured(place: Installation, name: str, seed: int) -> Result:
    """Runs one experiment and has it judged."""
    trouble = TROUBLES[name]
    result = Result(name, trouble.where, seed, f"network: {trouble.where}")
    dice = Random(f"{seed}/{name}")

    async def course() -> None:
        workers = [place.hire("first"), place.hire("second", line=int(trouble.apart))]
        async with place.under_load(dice.randrange(TRAFFIC_SEEDS)):
            await place.ready(*workers)
            result.seen = await trouble.act(place.proxy, workers[1])
            if not result.seen:
                raise Vacuous("nothing was stopped, delayed or broken")
            healed_at = asyncio.get_running_loop().time()
            await asyncio.sleep(GOES_ON_SECONDS)
        result.healed_seconds = await place.caught_up(healed_at)
        for worker in workers:
            alive(worker)

    return await tried(place, result, course)


async def experiments(arguments: argparse.Namespace, folder: Path) -> list[Result]:
    """Runs what is asked for on one cluster."""
    async with installed(arguments.nodes, arguments.seed, folder, say) as place:
        names = named(arguments, list(TROUBLES))
        if arguments.push:
            names = [names[arguments.seed % len(names)]]
        return [await endured(place, name, arguments.seed) for name in names]


def parser() -> argparse.ArgumentParser:
    """Returns what this run understands."""
    understood = parser_of(__doc__)
    understood.add_argument("--push", action="store_true", help="one, another for each seed")
    return understood


if __name__ == "__main__":
    sys.exit(run("links_run", parser(), experiments))
