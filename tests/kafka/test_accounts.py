"""Accounts on a real broker: news reaches every member once, in slices, while everybody else goes on."""

from __future__ import annotations

import asyncio
import json
import secrets
import signal
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from schemas import account_log, spine
from schemas.account_log import TurnCame
from schemas.spine import AccountUpdated
from tests.kafka.worker_process import (
    PATIENCE_SECONDS,
    Worker,
    caught_up,
    form,
    outcomes,
    produce,
    running,
    seen,
    value_of,
)
from topics.catalogue import ACCOUNT_ACTIVITY, ACCOUNT_LOG, name_of
from worker.lane.processor import Record
from worker.ops.local_broker import OwnBroker, Say
from worker.ops.verify.showing import verified
from worker.stream import admin
from worker.stream.partitioner import partition_of
from worker.stream.reader import consumer, read_topic
from worker.stream.settings import Settings, load

pytestmark = pytest.mark.kafka

MEMBERS = 10_000


@pytest.fixture
def settings(broker_to_kill: OwnBroker) -> Settings:
    settings = load(bootstrap=broker_to_kill.bootstrap)
    asyncio.run(admin.create(settings, asyncio.run(admin.inspected(settings)).missing))
    return settings


@pytest.fixture
def worker(settings: Settings, tmp_path: Path) -> Iterator[Worker]:
    log = tmp_path / "log"
    with running(Worker(settings, log, LEAD_ROUTER_GROUP_INSTANCE_ID="the-only-one")) as worker:
        yield worker


def said(account: str, relationship: str) -> bytes:
    return json.dumps(
        {
            "event_id": secrets.token_hex(4),
            "occurred_at": datetime.now(UTC).isoformat(),
            "account_id": account,
            "relationship": relationship,
        }
    ).encode()


def visit(lead_id: str, account: str | None) -> bytes:
    """A form of a lead, with the account it names."""
    told = json.loads(form(lead_id, form_id="white_paper"))
    return json.dumps(told | ({"fields": {"account_id": account}} if account else {})).encode()


async def produce_all(settings: Settings, kind: str, values: Iterable[tuple[str, bytes]]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap, linger_ms=5) as producer:
        acks = [
            await producer.send(name_of(kind), value, key=key.encode()) for key, value in values
        ]
        await asyncio.gather(*acks)


async def records(settings: Settings, topic: str) -> list[Record]:
    return [record async for record in read_topic(settings, topic)]


async def told_at_all(settings: Settings, least: int) -> int:
    """Returns how often a lead was told news of its account, once it is so often."""

    async def look() -> int:
        found = await records(settings, ACCOUNT_ACTIVITY.name)
        told = sum(isinstance(spine.decode(one.value or b""), AccountUpdated) for one in found)
        return told if told >= least else 0

    return await seen(look)


async def last_status(settings: Settings, lead_id: str, least: int) -> str:
    changes = await outcomes(settings, "status-change", lead_id, least)
    status: str = value_of(changes[-1])["to_status"]
    return status


async def test_leads_of_a_client_whenever_they_come(worker: Worker) -> None:
    settings = worker.settings
    await worker.ready()
    await produce(settings, "form-submission", "before", visit("before", "acme"))
    assert await last_status(settings, "before", 1) == "inquiry"
    await produce(settings, "account-update", "acme", said("acme", "client"))
    assert await last_status(settings, "before", 2) == "not_applicable"
    await produce(settings, "form-submission", "late", visit("late", "acme"))
    assert await last_status(settings, "late", 1) == "not_applicable"
    await produce(settings, "account-update", "acme", said("acme", "former_client"))
    for lead, changes in (("before", 3), ("late", 2)):
        assert await last_status(settings, lead, changes) == "inquiry"
    await caught_up(settings)
    assert (await verified(settings)).anomalies == {}


async def test_ten_thousand_members_are_told_once_though_the_worker_dies(
    worker: Worker, say: Say
) -> None:
    settings = worker.settings
    await worker.ready()
    members = [f"member-{number}" for number in range(MEMBERS)]
    await produce_all(settings, "form-submission", ((lead, visit(lead, "big")) for lead in members))
    await caught_up(settings)
    say(await told_while_others_go_on(settings))
    await caught_up(settings)
    say(f"killed after {await killed_in_the_middle(worker)} of the second telling were seen")
    worker.restart()
    await told_at_all(settings, 2 * MEMBERS + 1)
    await caught_up(settings)
    await nobody_was_told_twice(settings)


async def told_while_others_go_on(settings: Settings) -> str:
    """Lets a crowd be told of its account, and others live meanwhile; returns how long everybody took."""
    small = _on_the_same_partition("big")
    await produce(settings, "form-submission", "colleague", visit("colleague", small))
    assert await last_status(settings, "colleague", 1) == "inquiry"
    await produce(settings, "account-update", "big", said("big", "client"))
    began = time.perf_counter()
    await produce(settings, "account-update", small, said(small, "client"))
    await produce(settings, "form-submission", "stranger", visit("stranger", None))
    assert await last_status(settings, "stranger", 1) == "inquiry"
    stranger = time.perf_counter() - began
    assert await last_status(settings, "colleague", 2) == "not_applicable"
    colleague = time.perf_counter() - began
    await told_at_all(settings, MEMBERS + 1)
    everybody = time.perf_counter() - began
    return (
        f"{MEMBERS} members told within {everybody:.1f} s; meanwhile a stranger's form took {stranger:.1f} s,"
        f" news of another account on the same partition {colleague:.1f} s, seen by reading whole topics"
    )


async def killed_in_the_middle(worker: Worker) -> int:
    """Kills the worker when the first of a crowd is told; returns how many were by then."""
    settings = worker.settings
    async with consumer(settings) as client:
        places = [TopicPartition(ACCOUNT_ACTIVITY.name, number) for number in range(4)]
        client.assign(places)
        await client.seek_to_end(*places)
        await asyncio.gather(*(client.position(place) for place in places))
        await produce(settings, "account-update", "big", said("big", "former_client"))
        told = await client.getmany(timeout_ms=PATIENCE_SECONDS * 1000)
        worker.ended(with_signal=signal.SIGKILL)
        seen_by_then = sum(map(len, told.values()))
    assert 0 < len(await records(settings, ACCOUNT_ACTIVITY.name)) - 2 * MEMBERS - 2 < MEMBERS
    return seen_by_then


async def nobody_was_told_twice(settings: Settings) -> None:
    changes = Counter(
        (record.key, value_of(record)["seq"])
        for record in await records(settings, name_of("status-change"))
    )
    assert set(changes.values()) == {1}
    assert len(changes) == 3 * MEMBERS + 3
    log = await records(settings, ACCOUNT_LOG.name)
    turns = sum(account_log.decode(one.value or b"") == TurnCame() for one in log)
    assert turns in range(20, 24)
    assert (await verified(settings)).anomalies == {}


def _on_the_same_partition(account: str) -> str:
    """Returns another account that the same lane keeps."""
    home = partition_of(account.encode(), 4)
    return next(
        name for n in range(100) if partition_of((name := f"small-{n}").encode(), 4) == home
    )
