"""What the benchmarks stand on: a broker of their own, fresh topics, sample traffic, and the CPU time of a process."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import orjson
from aiokafka import TopicPartition
from aiokafka.admin import NewTopic

from topics.catalogue import INPUTS, RAW, catalogue
from worker.ops.demo.worker_process import WorkerProcess
from worker.ops.local_broker import local_broker
from worker.ops.traffic import Produced
from worker.stream import admin, logs
from worker.stream.lag import lag_reader
from worker.stream.reader import consumer
from worker.stream.settings import Settings, load
from worker.stream.writer import producer, send

ROOT = Path(__file__).parents[1]
LOOK_SECONDS = 0.5
QUIET_LOOKS = 2
FOR_EVER = {"retention.ms": "-1"}
"""History carries its own times: a broker that keeps a week would throw it away at once."""
RUN_SECONDS = 600
IN_FLIGHT = 5_000


@contextmanager
def rig() -> Iterator[Settings]:
    """A broker of our own (Java, so that nothing else counts), and settings that name it."""
    os.environ.setdefault("LEAD_ROUTER_BROKER", "java")
    logs.silence()
    with local_broker(say) as broker:
        os.environ["LEAD_ROUTER_BOOTSTRAP"] = broker.bootstrap
        yield load(web_port=0)


def say(line: str) -> None:
    """To stderr: stdout is for figures."""
    print(line, file=sys.stderr, flush=True)


def items_of(record: Produced) -> int:
    """A vendor's array holds several events."""
    if not record.topic.startswith("leads.raw."):
        return 1
    body = orjson.loads(record.value)
    return len(body) if isinstance(body, list) else 1


async def fill(settings: Settings, records: Iterable[Produced]) -> None:
    """Produces as fast as it goes, in order."""
    async with producer(settings) as client:
        waiting = []
        for record in records:
            waiting.append(await send(client, record))
            if len(waiting) == IN_FLIGHT:
                await asyncio.gather(*waiting)
                waiting = []
        await asyncio.gather(*waiting)


async def fresh_topics(settings: Settings, *, keep_inputs: bool) -> None:
    """Throws away what a run left behind."""
    kept = {topic.name for topic in (*INPUTS, *RAW)} if keep_inputs else set()
    names = [topic.name for topic in catalogue(settings.application_id) if topic.name not in kept]
    await _delete(settings, names)
    await admin.create(settings, (await admin.inspected(settings)).missing)
    await _led(settings, names)


async def plain_topics(settings: Settings, names: Iterable[str]) -> None:
    """Makes topics of the ruler's own."""
    names = list(names)
    async with admin.admin(settings) as client:
        await client.create_topics(
            [NewTopic(name, settings.partitions, 1, topic_configs=FOR_EVER) for name in names]
        )
    await _led(settings, names)


async def _led(settings: Settings, names: Iterable[str]) -> None:
    """Returns when every partition's leader answers: a topic that was just made has none for a moment."""
    places = [TopicPartition(name, p) for name in names for p in range(settings.partitions)]
    async with consumer(settings) as client:
        await client.end_offsets(places)


async def _delete(settings: Settings, names: list[str]) -> None:
    """Deletes topics, and returns when they are gone."""
    async with admin.admin(settings) as client:
        there = set(names) & set(await client.list_topics())
        if there:
            await client.delete_topics(sorted(there))
        while set(names) & set(await client.list_topics()):
            await asyncio.sleep(0.1)


@asynccontextmanager
async def running_worker(settings: Settings) -> AsyncIterator[WorkerProcess]:
    """A worker process that is ready; stopped afterwards."""
    log = Path(tempfile.mkdtemp(prefix="lead-router-benchmark-")) / "worker.log"
    worker = WorkerProcess(settings, log)
    worker.start()
    try:
        while not await asyncio.to_thread(worker.is_ready):
            await asyncio.sleep(0.1)
        yield worker
    finally:
        worker.stop()


async def worked_off(settings: Settings, worker: WorkerProcess) -> None:
    """Returns when both groups have no lag."""
    quiet = 0
    while quiet < QUIET_LOOKS:
        await asyncio.to_thread(worker.is_ready)
        async with lag_reader(settings) as reader:
            behind = sum(lag.messages for lag in await reader.read())
        quiet = quiet + 1 if not behind else 0
        await asyncio.sleep(LOOK_SECONDS)


def cpu_seconds_of(run: Callable[[], None]) -> float:
    """CPU time (user and system) of the processes that `run` starts and waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def run_script(name: str, *arguments: str) -> None:
    """Runs another file of this folder to its end."""
    command = [sys.executable, str(Path(__file__).parent / name), *arguments]
    subprocess.run(command, check=True, timeout=RUN_SECONDS)
