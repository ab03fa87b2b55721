"""`dead-letters` on a real broker: what a real worker buried is listed, shown, and put back, each once."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from click.testing import CliRunner, Result

from schemas import spine
from tests.kafka.worker_process import Worker, caught_up, form, outcomes, running
from topics.catalogue import SPINE, name_of
from worker.lane.processor import Record
from worker.ops.cli import main
from worker.stream import admin
from worker.stream.reader import read_topic
from worker.stream.settings import load

FORMS, POSTS = name_of("form-submission"), name_of("raw.sendgrid")


@pytest.fixture(scope="module")
def worker(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    settings = load(bootstrap=kafka, application_id=f"test-letters-{secrets.token_hex(4)}")
    asyncio.run(admin.create(settings, asyncio.run(admin.inspected(settings)).missing))
    with running(Worker(settings, tmp_path_factory.mktemp("letters") / "log")) as worker:
        yield worker


async def buried(
    worker: Worker, topic: str, value: bytes, *headers: tuple[str, bytes]
) -> tuple[str, int, int]:
    """Puts a record of an hour ago onto a topic, and returns where it lies once the worker has read it."""
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    async with AIOKafkaProducer(bootstrap_servers=worker.settings.bootstrap) as producer:
        sent = await producer.send_and_wait(
            topic,
            value,
            key=b"\xff\x00key",
            headers=list(headers),
            timestamp_ms=int(an_hour_ago.timestamp() * 1000),
        )
    await caught_up(worker.settings)
    return sent.topic, sent.partition, sent.offset


async def dead_letters(worker: Worker, *words: str) -> Result:
    """Runs `lead-router dead-letters` against the broker of the test."""
    settings = {
        "LEAD_ROUTER_BOOTSTRAP": worker.settings.bootstrap,
        "LEAD_ROUTER_APPLICATION_ID": worker.settings.application_id,
    }
    asked = ["dead-letters", *words]
    return await asyncio.to_thread(CliRunner().invoke, main, asked, env=settings)


def lines(done: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def written(place: tuple[str, int, int], *item: int) -> str:
    return "/".join(map(str, (*place, *item)))


async def at(worker: Worker, place: str) -> Record:
    """Returns the record at a place."""
    topic, partition, offset = place.split("/")
    async for record in read_topic(worker.settings, topic):
        if (record.partition, record.offset) == (int(partition), int(offset)):
            return record
    raise AssertionError(place)


async def relayed(worker: Worker, lead_id: str) -> list[spine.CameFrom | None]:
    """Returns where each activity of a lead on the spine came from."""
    return [
        spine.decode(record.value or b"").came_from
        async for record in read_topic(worker.settings, SPINE.name)
        if record.key == lead_id.encode()
    ]


async def test_a_form_that_was_ahead_of_its_record_is_replayed_once_and_then_applied(
    worker: Worker,
) -> None:
    await worker.ready()
    lead_id = f"lead-{secrets.token_hex(6)}"
    value, theirs = form(lead_id), ("theirs", b"\xff")
    place = await buried(worker, FORMS, value, theirs)
    asked = ("--origin", written(place), "--json")

    (would,) = lines(await dead_letters(worker, "replay", *asked, "--dry-run"))
    assert (would["code"], would["became"], would["as"]) == (
        "time.future",
        "would be replayed",
        None,
    )
    (done,) = lines(await dead_letters(worker, "replay", *asked))
    assert (done["became"], done["origin"]) == ("replayed", written(place, 0))
    replayed = await at(worker, done["as"])
    assert (replayed.key, replayed.value, replayed.partition) == (b"\xff\x00key", value, place[1])
    assert replayed.headers == (
        theirs,
        ("lead-router-attempt", b"1"),
        ("lead-router-replay-of", written(place, 0).encode()),
    )
    await outcomes(worker.settings, "status-change", lead_id, 1)

    again = await dead_letters(worker, "replay", *asked)
    assert again.exit_code == 1
    assert [(line["became"], line["as"]) for line in lines(again)] == [
        ("replayed before", done["as"])
    ]
    assert len(await relayed(worker, lead_id)) == 1


async def test_of_an_array_only_the_item_that_failed_is_replayed(worker: Worker) -> None:
    await worker.ready()
    lead_id, now = f"lead-{secrets.token_hex(6)}", int(datetime.now(UTC).timestamp())
    opened = {"event": "open", "lead_id": lead_id, "email": "ana@acme.example"}
    times = [now - 7200, now, now - 7100]
    events = [{**opened, "sg_event_id": str(i), "timestamp": at} for i, at in enumerate(times)]
    place = await buried(worker, POSTS, json.dumps(events).encode())
    assert len(await relayed(worker, lead_id)) == 2

    (done,) = lines(await dead_letters(worker, "replay", "--origin", written(place, 1), "--json"))
    await caught_up(worker.settings)
    replayed = await at(worker, done["as"])
    assert replayed.value == b"[" + json.dumps(events[1]).encode() + b"]"
    new = spine.CameFrom(POSTS, replayed.partition, replayed.offset, 0)
    assert await relayed(worker, lead_id) == [
        spine.CameFrom(*place, 0),
        spine.CameFrom(*place, 2),
        new,
    ]


async def test_one_that_fails_again_is_a_new_dead_letter_with_a_higher_attempt(
    worker: Worker,
) -> None:
    await worker.ready()
    place = await buried(worker, FORMS, b"no JSON", ("mark", secrets.token_hex(6).encode()))
    (done,) = lines(await dead_letters(worker, "replay", "--origin", written(place), "--json"))
    await caught_up(worker.settings)
    (shown,) = lines(await dead_letters(worker, "show", done["as"], "--value", "--json"))
    assert (shown["attempt"], shown["code"], shown["value"]) == (2, "json.invalid", "no JSON")
    assert shown["key"] == {"base64": "/wBrZXk="}
    assert ["lead-router-replay-of", written(place, 0)] in shown["headers"]


async def test_the_list_counts_by_code_and_shows_nothing_of_the_sender(worker: Worker) -> None:
    await worker.ready()
    secret = secrets.token_hex(12)
    before = datetime.now(UTC) - timedelta(minutes=1)
    place = await buried(worker, FORMS, json.dumps({"event_id": 5, "email": secret}).encode())
    asked = ["--since", before.isoformat(), "--topic", "form-submission"]
    told = await dead_letters(worker, "list", *asked, "--code", "schema.invalid", "--json")
    *letters, counts = lines(told)
    assert written(place, 0) in {letter["origin"] for letter in letters}
    assert counts == {"type": "counts", "counts": {"schema.invalid": len(letters)}}
    shown = await dead_letters(worker, "show", written(place))
    assert "lead-router-error-code: schema.invalid" in shown.stdout
    assert secret not in told.stdout + shown.stdout
    loud = await dead_letters(worker, "show", written(place), "--value")
    assert secret in loud.stdout


async def test_what_nobody_buried_is_neither_shown_nor_replayed(worker: Worker) -> None:
    for words in (["show", f"{FORMS}/0/99999999"], ["replay", "--origin", f"{FORMS}/0/99999999"]):
        done = await dead_letters(worker, *words)
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr
