"""A worker with two toy processors and a gate in one process: `toy_worker.py BOOTSTRAP TAG PARTITIONS [INSTANCE]`.

Prints a JSON line for each fact; ends in order on SIGTERM, with status 1 if a lane gives up.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import signal
import sys
import time
from typing import Any

from tests.stream.toys import Counter, Names, Relay
from worker.lane import failpoints
from worker.lane.engine import Engine
from worker.lane.gate import Gate, Inputs
from worker.lane.kafka import KafkaLog
from worker.lane.limits import Limits
from worker.lane.watch import Committed, LaneState, Watch


def tell(fact: str, **details: object) -> None:
    line = json.dumps({"at": round(time.time(), 3), "pid": os.getpid(), "fact": fact, **details})
    os.write(1, (line + "\n").encode())


class Teller(Watch):
    """Prints what tests look at."""

    def __init__(self) -> None:
        self.rounds: dict[str, list[Committed]] = {}

    def lane_changed(self, processor: str, partition: int, state: LaneState) -> None:
        tell("lane", processor=processor, partition=partition, state=state)

    def committed(self, processor: str, partition: int, facts: Committed) -> None:
        self.rounds.setdefault(processor, []).append(facts)

    def lane_failed(self, processor: str, partition: int, error: str) -> None:
        tell("lane failed", processor=processor, partition=partition, error=error)

    def chain_broken(self, processor: str, partition: int, topic: str) -> None:
        tell("chain broken", processor=processor, partition=partition, topic=topic)

    def deadlines_written(self, processor: str, partition: int, count: int, late_ms: float) -> None:
        tell("deadlines", partition=partition, count=count, late_ms=late_ms)

    def gate_waited(self, seconds: float, *, gave_up: bool) -> None:
        tell("gate", seconds=round(seconds, 3), gave_up=gave_up)

    def trouble(self, processor: str, doing: str, error: str) -> None:
        tell("trouble", processor=processor, doing=doing, error=error)


async def work(bootstrap: str, names: Names, instance: str | None) -> int:
    limits, teller = Limits(), Teller()
    log = KafkaLog({"bootstrap_servers": bootstrap}, limits)
    relay = Engine(
        Relay(names),
        group=f"{names.tag}.relay",
        log=log,
        source=log.source(f"{names.tag}.relay", names.inputs, instance),
        limits=limits,
        watch=teller,
    )
    counter = Engine(
        Counter(names),
        group=f"{names.tag}.counter",
        log=log,
        source=log.source(f"{names.tag}.counter", [names.spine], instance),
        limits=limits,
        watch=teller,
    )
    inputs = Inputs(topics=names.inputs, log=log, positions=log.follower([names.positions]))
    gate = Gate(inputs, counter.lanes.values, limits=limits, watch=teller)
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    await asyncio.gather(relay.start(), counter.start(), gate.start())
    ended = asyncio.create_task(stopping.wait())
    ends: list[asyncio.Future[Any]] = [ended, relay.failed, counter.failed]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.gather(gate.stop(), relay.stop(), counter.stop())
    report(teller)
    for engine in (relay, counter):
        with contextlib.suppress(asyncio.InvalidStateError):
            if (error := engine.failed.exception()) is not None:
                tell("gave up", error=f"{type(error).__name__}: {error}")
                return 1
    return 0


def report(teller: Teller) -> None:
    for name, rounds in teller.rounds.items():
        records = sum(one.records for one in rounds)

        def p50(field: str, rounds: list[Committed] = rounds) -> float:
            return float(round(sorted(getattr(one, field) for one in rounds)[len(rounds) // 2], 2))

        fields = ("records", "age_ms", "decided_ms", "acknowledged_ms", "committed_ms")
        tell("rounds", processor=name, n=len(rounds), all=records, p50={f: p50(f) for f in fields})
    used = resource.getrusage(resource.RUSAGE_SELF)
    tell("cpu", seconds=round(used.ru_utime + used.ru_stime, 2), rss_mb=used.ru_maxrss // 1024)


if __name__ == "__main__":
    failpoints.arm(os.environ)
    bootstrap, tag, partitions, *instance = sys.argv[1:]
    sys.exit(
        asyncio.run(work(bootstrap, Names(tag, int(partitions)), instance[0] if instance else None))
    )
