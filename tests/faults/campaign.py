"""A random campaign: `python -m tests.faults.campaign SEED [ACTS [RATE]]`, with a broker of its own.

Two workers under load; at random a kill -9, a join, a SIGTERM, a freeze past the session time-out, a broker killed
and started again. Then everything heals, and the oracle reads the logs. Exit status 1 if it finds anything, or if no
death led to a repeat on the spine: then the campaign was vacuous.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import sys
import tempfile
import time
from collections import Counter as Tally
from collections.abc import Sequence
from pathlib import Path

from tests.faults.child import Worker
from tests.faults.cluster import Load, create, read, said
from tests.faults.judge import judge
from tests.stream.toys import Names
from worker.lane.processor import Record
from worker.ops.local_broker import OwnBroker, own_broker

PLAN = {"kill": 8, "join": 4, "end": 4, "freeze": 2, "broker": 2}
"""Relative weights."""
KEYS = 60


class Campaign:
    """One run."""

    def __init__(self, broker: OwnBroker, seed: int, folder: Path) -> None:
        self._broker = broker
        self._dice = random.Random(seed)
        self._folder = folder
        self._names = Names(f"campaign-{seed}", 3)
        self._workers: list[Worker] = []
        self._all: list[Worker] = []
        self.done: Tally[str] = Tally()

    async def run(self, acts: Sequence[str], rate: float) -> list[str]:
        await create(self._broker.bootstrap, self._names)
        load = Load(self._broker.bootstrap, self._names, KEYS)
        stream = asyncio.create_task(self._stream(load, rate))
        self._hire()
        self._hire()
        await asyncio.sleep(4)
        for act in acts:
            self.done[act] += 1
            await self._act(act)
            await asyncio.sleep(self._dice.random() * 4 + 0.5)
        stream.cancel()
        await asyncio.gather(stream, return_exceptions=True)
        return await self._verdict(load)

    def end(self) -> None:
        for worker in self._all:
            worker.kill()

    async def _stream(self, load: Load, rate: float) -> None:
        while True:
            await load.send(int(rate), rate, wait_ms=700)

    def _hire(self) -> None:
        log = self._folder / f"worker-{len(self._all)}"
        self._all.append(Worker(self._broker.bootstrap, self._names, log))
        self._workers.append(self._all[-1])

    async def _act(self, act: str) -> None:
        while len(self._workers) < 2:
            self._hire()
            await asyncio.sleep(2)
        worker = self._dice.choice(self._workers)
        if act == "kill":
            self._workers.remove(worker)
            worker.kill()
            self._hire()
        elif act == "join" and len(self._workers) < 4:
            self._hire()
        elif act == "end":
            self._workers.remove(worker)
            status = await asyncio.to_thread(worker.end)
            self.done[f"ended with {status}"] += 1
        elif act == "freeze":
            worker.freeze()
            await asyncio.sleep(7 + 3 * self._dice.random())
            worker.thaw()
        elif act == "broker":
            self._broker.kill()
            await asyncio.sleep(1 + 2 * self._dice.random())
            await asyncio.to_thread(self._broker.restart)

    async def _verdict(self, load: Load) -> list[str]:
        """Waits until every record has its outcome, and returns what the oracle finds then."""
        wrong, limit = ["nothing read"], time.monotonic() + 90
        while time.monotonic() < limit:
            logs = await read(self._broker.bootstrap, self._names)
            ids = {one for one in said(logs[self._names.out]) if isinstance(one, int)}
            written = {
                json.loads(record.value or b"")["id"]
                for topic in self._names.inputs
                for record in logs[topic]
            }
            wrong = judge(self._names, logs, int(time.time() * 1000))
            if ids == written and not wrong:
                self.done["records"] = len(written)
                self.done["repeats"] = _repeats(logs[self._names.spine])
                self.done["deadlines fired"] = len(said(logs[self._names.out])) - len(ids)
                return [] if self.done["repeats"] or not self.done["kill"] else ["vacuous"]
            await asyncio.sleep(1)
        return wrong


def _repeats(spine: Sequence[Record]) -> int:
    origins = [
        tuple(body["origin"])
        for record in spine
        if "origin" in (body := json.loads(record.value or b""))
    ]
    return len(origins) - len(set(origins))


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


async def main(seed: int, acts: int = 20, rate: float = 150.0) -> int:
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix=f"campaign-{seed}-"))
    with own_broker(say) as broker:
        campaign = Campaign(broker, seed, folder)
        began = time.monotonic()
        try:
            plan = random.Random(seed).choices(list(PLAN), list(PLAN.values()), k=acts)
            wrong = await campaign.run(plan, rate)
        finally:
            campaign.end()
    told: Tally[str] = Tally()
    for worker in campaign._all:
        for fact in ("lane failed", "trouble", "chain broken", "gate", "gave up"):
            told.update(
                f"{fact} {one.get('error', one.get('gave_up', ''))}" for one in worker.facts(fact)
            )
    say(f"seed {seed}, {time.monotonic() - began:.0f} s, {dict(campaign.done)}")
    say(f"told: {dict(told)}")
    say("PASS" if not wrong else f"FAIL {wrong}, logs in {folder}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*(int(one) for one in sys.argv[1:]))))
