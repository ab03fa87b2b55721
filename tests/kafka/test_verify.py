"""`lead-router verify` on a real broker: what a real worker wrote passes, also meanwhile; what is wrong has a name."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka import TopicPartition as AioPlace
from aiokafka.admin import NewPartitions, RecordsToDelete

from tests.kafka.worker_process import Worker, running
from topics.catalogue import DEAD_LETTER, SPINE, catalogue, name_of
from worker.lane.clock import wall_ms
from worker.lane.processor import Record, TopicPartition
from worker.ops.demo.producing import produce_history
from worker.ops.local_broker import Say, own_broker
from worker.ops.traffic import history
from worker.ops.verify.showing import verified
from worker.stream import admin
from worker.stream.reader import read_topic
from worker.stream.settings import Settings, load
from worker.stream.spans import Spans, spans

pytestmark = pytest.mark.kafka

LEADS = 2_000
WORKED_OFF_SECONDS = 180
CHANGES = name_of("status-change")


@pytest.fixture(scope="module")
def settings(say: Say) -> Iterator[Settings]:
    """Gives a broker of these tests' own: an oracle looks at everything that is there."""
    with own_broker(say) as broker:
        settings = load(bootstrap=broker.bootstrap)
        asyncio.run(admin.create(settings, asyncio.run(admin.inspected(settings)).missing))
        yield settings


COMMAND = [sys.executable, "-m", "worker", "verify", "--json"]


def environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "LEAD_ROUTER_BOOTSTRAP": settings.bootstrap,
        "LEAD_ROUTER_APPLICATION_ID": settings.application_id,
    }


def run(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(settings),
        capture_output=True,
        check=False,
        timeout=120,
    )


def seen_on_a_terminal(settings: Settings) -> tuple[bytes, bytes]:
    """Returns what the command says on stdout, and what appears on a terminal that stderr is."""
    terminal, stderr = pty.openpty()
    with subprocess.Popen(
        COMMAND, env=environment(settings), stdout=subprocess.PIPE, stderr=stderr
    ) as child:
        os.close(stderr)
        shown = b"".join(iter(lambda: read_some(terminal), b""))
        assert child.stdout is not None
        said = child.stdout.read()
    os.close(terminal)
    return said, shown


def read_some(terminal: int) -> bytes:
    """Returns what a terminal shows next, nothing once nobody is there any more to show anything."""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""


async def everything_written(settings: Settings) -> tuple[dict[TopicPartition, int], list[Any]]:
    """Returns the end of every partition, and the groups that there are."""
    async with spans(settings) as logs, admin.admin(settings) as client:
        topics = [topic.name for topic in catalogue(settings.application_id)]
        counts = await logs.partitions(topics)
        places = [TopicPartition(name, n) for name, count in counts.items() for n in range(count)]
        return dict(await logs.ends(places)), sorted(await client.list_consumer_groups())


def verify(settings: Settings, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Returns how the command ends, and what it says as JSON."""
    done = run(settings, *arguments)
    assert done.stdout, done.stderr.decode()
    return done.returncode, json.loads(done.stdout)


async def worked_off(worker: Worker) -> tuple[int, dict[str, Any]]:
    """Returns the same, once nothing is under way; verifies all the while, and kills the worker once in between."""
    killed = False
    while True:
        code, report = await asyncio.to_thread(verify, worker.settings)
        assert report["first"] == []
        if killed and not any(report["under_way"].values()):
            return code, report
        if report["judged"]["items"] and not killed:
            killed = True
            worker.ended(with_signal=signal.SIGKILL)
            worker.restart()


async def outcomes(settings: Settings) -> list[Record]:
    return [record async for record in read_topic(settings, CHANGES)]


async def publish(settings: Settings, record: Record, **fields: Any) -> None:
    """Writes a record by hand, where it came from."""
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        await producer.send_and_wait(
            CHANGES,
            fields.get("value", record.value),
            key=record.key,
            partition=record.partition,
            headers=list(record.headers),
        )


async def test_what_a_worker_does_passes_and_what_is_done_by_hand_is_named(
    settings: Settings, tmp_path: Path
) -> None:
    code, report = verify(settings)
    assert (code, report["verdict"]) == (1, "UNKNOWN")

    await produce_history(settings, list(history(7, LEADS, wall_ms())), lambda _n: None)
    code, report = verify(settings)
    assert (code, report["verdict"]) == (1, "UNKNOWN"), "no worker has read a thing"
    with running(Worker(settings, tmp_path / "log")) as worker:
        async with asyncio.timeout(WORKED_OFF_SECONDS):
            code, report = await worked_off(worker)
    assert (code, report["verdict"]) == (0, "PASS")
    assert report["judged"]["items"] > 15_000
    assert report["judged"]["deadlines"] > 0
    assert report["judged"]["outcomes"] > 3_000

    before = await everything_written(settings)
    code, report = verify(settings, "--from", "0001-01-01T00:00:00Z")
    assert (code, report["verdict"]) == (0, "PASS")
    said, shown = seen_on_a_terminal(settings)
    assert json.loads(said)["verdict"] == "PASS"
    assert b"reading the logs" in shown
    assert await everything_written(settings) == before

    doubled = (await outcomes(settings))[0]
    await publish(settings, doubled)
    code, report = verify(settings)
    assert (code, report["verdict"]) == (1, "FAIL")
    assert report["anomalies"] == {"duplicate-effect": 1}
    event_id = json.loads(doubled.value or b"")["event_id"]
    assert event_id in report["first"][0]["where"]

    await publish(settings, doubled, value=(doubled.value or b"").replace(b'"rule"', b'"ruse"'))
    _, report = verify(settings)
    assert report["anomalies"] == {"duplicate-effect": 1, "divergent-duplicate": 1}

    code, report = verify(settings, "--from", "2999-01-01T00:00:00Z")
    assert (code, report["verdict"]) == (1, "UNKNOWN")


def test_an_installation_without_topics_is_bad_input(settings: Settings) -> None:
    done = run(settings.model_copy(update={"application_id": "nowhere"}))
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"nowhere.lifecycle.changelog is missing" in done.stderr


def test_a_time_that_is_none_is_wrong_use(settings: Settings) -> None:
    assert run(settings, "--from", "yesterday").returncode == 2


def test_a_broker_that_does_not_answer_is_trouble_of_the_world(settings: Settings) -> None:
    done = run(settings.model_copy(update={"bootstrap": "127.0.0.1:1"}))
    assert (done.returncode, done.stdout) == (3, b"")


async def test_what_is_deleted_before_it_is_read_is_not_called_lost(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = TopicPartition(DEAD_LETTER.name, 0)
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        for _ in range(3):
            await producer.send_and_wait(letters.topic, b"{}", partition=0)
    async with admin.admin(settings) as client, spans(settings) as logs:
        begins = dict(await logs.beginnings([letters]))
        end = (await logs.stable_ends([letters]))[letters]
        assert (await verified(settings)).verdict == "FAIL", "a dead letter of nothing"
        await client.delete_records({AioPlace(*letters): RecordsToDelete(end - 1)})

    class Before(Spans):
        """Has asked where everything begins before that was deleted."""

        async def beginnings(self, places: Collection[TopicPartition]) -> dict[TopicPartition, int]:
            return {**await super().beginnings(places), **begins}

    monkeypatch.setattr("worker.stream.spans.Spans", Before)
    report = await verified(settings)
    said = f"{DEAD_LETTER.name}/0 was deleted from offset {begins[letters]} on while it was read"
    assert (report.verdict, report.anomalies, report.first) == ("UNKNOWN", {}, [])
    assert report.unknown[0] == f"{said}: verify again"


async def test_topics_that_do_not_fit_leave_it_unknown(settings: Settings) -> None:
    async with admin.admin(settings) as client:
        counts = await admin.partition_counts(client, [SPINE.name])
        await client.create_partitions({SPINE.name: NewPartitions(counts[SPINE.name] + 1)})
    code, report = verify(settings)
    assert (code, report["verdict"]) == (1, "UNKNOWN")
    assert "they must be equal" in report["unknown"][0]
