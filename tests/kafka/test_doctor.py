"""The real `lead-router doctor` on a real broker: what it says of a healthy installation, and of each that is not."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from tests.kafka.checked_up import found
from tests.kafka.worker_process import Worker, caught_up, form, outcomes, produce, running, seen
from topics.catalogue import catalogue, name_of
from worker.ops.local_broker import Say, own_broker
from worker.stream import admin
from worker.stream.reader import read_topic
from worker.stream.settings import Settings, load
from worker.stream.writer import producer

pytestmark = pytest.mark.kafka

LOOKS = 3


@pytest.fixture(scope="module")
def settings(say: Say) -> Iterator[Settings]:
    """Gives a broker of these tests' own: a doctor looks at everything that is there."""
    with own_broker(say) as broker:
        settings = load(
            bootstrap=broker.bootstrap, application_id=f"ill-{secrets.token_hex(4)}", partitions=2
        )
        asyncio.run(admin.create(settings, catalogue(settings.application_id)))
        yield settings


def doctor(settings: Settings, **environment: str) -> tuple[int, list[dict[str, str]]]:
    """Returns how the command ends, and what it finds."""
    own = {
        "LEAD_ROUTER_BOOTSTRAP": settings.bootstrap,
        "LEAD_ROUTER_APPLICATION_ID": settings.application_id,
    }
    done = subprocess.run(
        [sys.executable, "-m", "worker", "doctor", "--json"],
        env={**os.environ, **own, **environment},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


async def busy(settings: Settings) -> None:
    """Sends in what is new and what is a year old, record and all, until it is cancelled."""
    async with producer(settings) as client:
        for number in count():
            lead_id, old = f"lead-{number % 40}", number % 3 == 0
            then = datetime.now(UTC) - timedelta(days=366 if old else 0)
            value = form(lead_id, occurred_at=then.isoformat())
            at_ms = int(then.timestamp() * 1000)
            await client.send_and_wait(
                name_of("form-submission"), value, key=lead_id.encode(), timestamp_ms=at_ms
            )


async def bury(settings: Settings, *codes: bytes) -> None:
    """Writes dead letters as a stranger may, with these codes."""
    async with producer(settings) as client:
        for code in codes:
            headers = [("lead-router-error-code", code)]
            await client.send_and_wait(name_of("dead-letter"), b"", headers=headers)


async def test_it_finds_nothing_in_a_cluster_that_is_busy(
    settings: Settings, tmp_path: Path
) -> None:
    with running(Worker(settings, tmp_path / "log")) as worker:
        await worker.ready()
        traffic = asyncio.create_task(busy(settings))
        await outcomes(settings, "status-change", "lead-3", 1)
        for _ in range(LOOKS):
            assert await found(settings) == {}
        assert not traffic.done()
        traffic.cancel()
        await asyncio.wait([traffic])
        assert worker.ended(with_signal=signal.SIGTERM) == 0, worker.told()


async def test_it_finds_nothing_where_nothing_is_wrong_and_then_what_is(
    settings: Settings, tmp_path: Path, other: str
) -> None:
    with running(Worker(settings, tmp_path / "log")) as worker:
        await worker.ready()
        await produce(settings, "form-submission", "anna", form("anna"))
        await outcomes(settings, "status-change", "anna", 1)
        await caught_up(settings)
        assert doctor(settings) == (0, [])
        await produce(settings, "web-visit", "anna", b"\xff")
        await bury(settings, b"\xff", b"somebody@example.com")

        async def look() -> bool:
            return len([one async for one in read_topic(settings, name_of("dead-letter"))]) > 2

        await seen(look)
        code, told = doctor(settings, LEAD_ROUTER_POLICY=other)
        assert code == 1
        assert {one["name"] for one in told} == {"dead-letters", "PoliciesDiffer"}
        assert "1 dead letters of the last hour say encoding.invalid" in str(told)
        assert "2 dead letters of the last hour say no code that is known" in str(told)
        assert worker.ended(with_signal=signal.SIGTERM) == 0, worker.told()
    code, told = doctor(settings)
    groups = [one["seen"] for one in told if one["name"] == "group"]
    assert (code, len(groups)) == (1, 3)
    assert f"nobody is in the group {settings.lifecycle_group}" in groups


async def test_a_transaction_that_nobody_ends_is_found(settings: Settings) -> None:
    client = AIOKafkaProducer(bootstrap_servers=settings.bootstrap, transactional_id="left-open")
    await client.start()
    await client.begin_transaction()
    await client.send_and_wait(name_of("refusal"), b"{}", partition=0)
    _, told = await asyncio.to_thread(doctor, settings, LEAD_ROUTER_LIMITS__TRANSACTION_SECONDS="2")
    open_ones = [one["seen"] for one in told if one["name"] == "transaction"]
    await client.abort_transaction()
    await client.stop()
    assert len(open_ones) == 1
    assert open_ones[0].startswith("leads.refusal.v1/0 has an open transaction")


def test_a_broker_that_is_not_there_is_trouble(settings: Settings) -> None:
    nowhere = settings.model_copy(update={"bootstrap": "127.0.0.1:1"})
    assert doctor(nowhere) == (3, [])
