"""E4, an input that nobody leads: `python -m tests.faults.leaderless_run --seed 1 [--ledger]`.

On three brokers one input has no copies. The node that has one of its partitions dies, and stays away until deadlines
have come due that wait for what may lie there: twenty seconds here, ten minutes usually, and not for ever. Every one
that came due early enough has to have been let go while the node was away: red if one waited for longer than that and
the time in which one goal or question follows another, or was let go at once; if a worker ended, if lag is not 0 within
60 s once the node is back, or if the oracle finds anything.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from random import Random

from aiokafka.admin import NewTopic

from schemas import spine
from schemas.spine import DeadlineReached
from tests.faults import roles
from tests.faults.closing import parser_of
from tests.faults.installation import Installation, installed
from tests.faults.nodes_run import IN_SYNC_SECONDS
from tests.faults.proof.campaign import POLICY
from tests.faults.proof.evidence import due_between
from tests.faults.running import run
from tests.faults.telling import say
from tests.faults.trial import TRAFFIC_SEEDS, Result, Vacuous, alive, tried
from tests.kafka.worker_process import Worker
from topics.catalogue import INPUTS, SPINE, catalogue, name_of
from topics.settings import config_of
from worker.lane.clock import wall_ms
from worker.stream.admin import admin
from worker.stream.connection import BrokerTrouble
from worker.stream.reader import read_topic
from worker.stream.settings import Settings

ALONE = name_of("web-visit")
WHERE = "an input without copies loses its node"
GATE_SECONDS = 20.0
LONGEST_SECONDS = GATE_SECONDS * 1.1 + 2 * 12.0 + 1.0
"""A goal may follow a tenth of that later. A question that nobody answers takes twelve seconds: one may be under way
when a deadline comes due, and another when it may go."""
BEFORE_SECONDS = 40.0
"""Of traffic: under the hasty policy its first leads come due within a minute or two."""
AWAY_SECONDS = 200.0
"""At most: deadlines come due from one to two minutes after their leads came."""
WANTED = 5
"""Deadlines that came due while the node was away, so early that their time to wait was over before it was back."""


class Impatient(Worker):
    """A worker whose deadlines wait for inputs for a shorter time."""

    def __init__(self, settings: Settings, log: Path, **environment: str) -> None:
        seconds = str(GATE_SECONDS)
        super().__init__(settings, log, LEAD_ROUTER_LIMITS__GATE_SECONDS=seconds, **environment)


async def made_alone(settings: Settings) -> None:
    """Makes the input of which there are no copies."""
    (topic,) = [one for one in INPUTS if one.name == ALONE]
    config = {**config_of(topic), "min.insync.replicas": "1"}
    async with admin(settings) as client:
        await client.create_topics([NewTopic(ALONE, settings.partitions, 1, topic_configs=config)])


async def survived(place: Installation, seed: int) -> Result:
    """Runs the experiment and has it judged."""
    result, dice = Result("leaderless", WHERE, seed, f"brokers: {WHERE}"), Random(seed)

    async def course() -> None:
        names = ("first", "second")
        workers = [place.hire(name, kind=Impatient, policy=str(POLICY)) for name in names]
        await place.ready(*workers)
        async with place.under_load(dice.randrange(TRAFFIC_SEEDS)):
            await asyncio.sleep(BEFORE_SECONDS)
        partition = dice.randrange(place.direct.partitions)
        node = await roles.leader(place.direct, ALONE, partition)
        killed_ms = wall_ms()
        await asyncio.to_thread(place.brokers.nodes[node].kill)
        try:
            until_ms = await _until_enough_were_due(place.direct, killed_ms)
        finally:
            place.brokers.nodes[node].start()
        await _all_back(place)
        healed_at = asyncio.get_running_loop().time()
        result.healed_seconds = await place.caught_up(healed_at)
        waits = [one for due, one in await _let_go(place.direct) if killed_ms <= due < until_ms]
        result.seen = (
            f"node {node} killed, {len(waits)} deadlines came due long before it was back, which waited for"
            f" {min(waits, default=0):.1f} to {max(waits, default=0):.1f} s"
        )
        for worker in workers:
            alive(worker)
        left = await due_between(place.direct, 0, until_ms)
        result.wrong += [f"nobody lets it go: {one}" for one in left]
        result.wrong += [
            f"waited for {one:.1f} s" for one in waits if not GATE_SECONDS <= one <= LONGEST_SECONDS
        ]
        if len(waits) < WANTED:
            raise Vacuous(f"only {len(waits)} deadlines came due early enough")

    return await tried(place, result, course)


async def _until_enough_were_due(settings: Settings, since_ms: int) -> int:
    """Returns up to when (UTC ms) whatever came due has had as long as it may wait, once enough was let go."""
    patience_ms, until_ms = since_ms + int(AWAY_SECONDS * 1000), since_ms
    enough = False
    while not enough and wall_ms() < patience_ms:
        await asyncio.sleep(1)
        until_ms = wall_ms() - int(LONGEST_SECONDS * 1000)
        with suppress(BrokerTrouble):  # until the others have missed the node
            early = [due for due, _ in await _let_go(settings) if since_ms <= due < until_ms]
            enough = len(early) >= WANTED
    return until_ms


async def _let_go(settings: Settings) -> list[tuple[int, float]]:
    """Returns of each deadline that was let go when it was due (UTC ms), and how long it waited (seconds)."""
    return [
        (message.due, (record.timestamp_ms - message.due) / 1000)
        async for record in read_topic(settings, SPINE.name)
        if isinstance(message := spine.decode(record.value or b""), DeadlineReached)
    ]


async def _all_back(place: Installation) -> None:
    """Returns once every partition has all its copies again."""
    settings = place.direct
    others = [topic.name for topic in catalogue(settings.application_id) if topic.name != ALONE]
    for node in place.brokers.nodes.values():
        await asyncio.to_thread(node.await_ready)
    async with asyncio.timeout(IN_SYNC_SECONDS):
        for topics, copies in ((others, len(place.brokers.nodes)), ([ALONE], 1)):
            while not await roles.in_sync(settings, topics, copies):
                await asyncio.sleep(0.5)


async def experiments(arguments: argparse.Namespace, folder: Path) -> Sequence[Result]:
    """Runs it on a cluster of its own."""
    async with installed(3, arguments.seed, folder, say, first=made_alone) as place:
        return [await survived(place, arguments.seed)]


if __name__ == "__main__":
    sys.exit(run("leaderless_run", parser_of(__doc__), experiments))
