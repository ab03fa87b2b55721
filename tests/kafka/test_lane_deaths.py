"""A worker killed at each fail point on a real broker: nothing is lost or doubled, and each place was truly reached."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.child import Worker
from tests.faults.cluster import Load, create, read, said
from tests.faults.judge import judge
from tests.stream.toys import Names
from worker.lane.failpoints import KILLED, NAMES

pytestmark = pytest.mark.kafka

AT = {
    "between-writers": "@2",
    "opened": "@3",
    "decided": "@9",
    "begun": "@9",
    "state-sent": "@9",
    "outcomes-sent": "@12",
    "acknowledged": "@9",
    "committed": "@9",
    "relayed": "@9",
    "position-sent": "@3",
    "position-written": "@3",
    "recovering": "@2",
    "draining": "@1",
    "deadlines-released": "@1",
    "deadlines-written": "@1",
}
"""Which hit kills: not the first one, where something should have happened before."""


Hire = Callable[..., Worker]


@pytest.fixture
def hire(kafka: str, tmp_path: Path) -> Iterator[Hire]:
    """Gives the way to start a worker; none outlives the test."""
    hired: list[Worker] = []

    def start(names: Names, called: str, **more: str) -> Worker:
        hired.append(Worker(kafka, names, tmp_path / called, **more))
        return hired[-1]

    yield start
    for worker in hired:
        worker.kill()


async def until_dead(worker: Worker, load: Load) -> None:
    """Feeds a worker until it has died at its fail point; one that dies while draining is asked to end."""
    async with asyncio.timeout(40):
        while worker.alive():
            working = worker.working()
            await load.send(20, rate=200, wait_ms=300)
            if "draining" in worker.failpoint and working:
                worker.terminate()
                await asyncio.sleep(0.5)


async def all_done(kafka: str, names: Names, load: Load) -> list[str]:
    """Waits until every record and every deadline has had its effect, and returns what is wrong even then."""
    wrong = ["nothing read yet"]
    limit = time.monotonic() + 30
    while time.monotonic() < limit:
        logs = await read(kafka, names)
        ids = {one for one in said(logs[names.out]) if isinstance(one, int)}
        wrong = judge(names, logs, int(time.time() * 1000))
        if len(ids) >= load.count and not wrong:
            return []
        await asyncio.sleep(0.3)
    return wrong


async def test_a_kill_at_any_place_loses_and_doubles_nothing(
    kafka: str, application_id: str, hire: Hire
) -> None:
    assert set(AT) == set(NAMES)
    names = Names(application_id, 2)
    await create(kafka, names)
    load = Load(kafka, names)
    await load.send(60)
    for place, hit in AT.items():
        worker = hire(names, place, instance="w", failpoint=f"{place}=kill{hit}")
        await until_dead(worker, load)
        assert worker.process.returncode == KILLED, worker.log.read_text()
        assert worker.reached.read_text().startswith(place)
    last = hire(names, "last", instance="w")
    assert await all_done(kafka, names, load) == []
    assert last.end() == 0, last.log.read_text()


async def test_a_frozen_worker_wakes_into_a_world_that_went_on(
    kafka: str, application_id: str, hire: Hire
) -> None:
    names = Names(application_id, 2)
    await create(kafka, names)
    load = Load(kafka, names)
    frozen = hire(names, "frozen", failpoint="outcomes-sent=pause:9@8")
    async with asyncio.timeout(30):
        while not frozen.reached.exists():
            await load.send(20, rate=200)
    heir = hire(names, "heir")
    await load.send(900, rate=100, wait_ms=500)
    assert await all_done(kafka, names, load) == []
    assert frozen.end() == 0, frozen.log.read_text()
    assert heir.end() == 0, heir.log.read_text()
    assert await all_done(kafka, names, load) == []
