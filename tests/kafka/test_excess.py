"""What is too large, or odd in ways only a real broker passes on, costs its sender a dead letter and stops nobody."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaProducer

from tests.kafka.worker_process import Worker, caught_up, form, outcomes, running, seen, value_of
from topics.catalogue import name_of
from topics.settings import LARGEST_DEAD_LETTER
from worker.lane.processor import Record
from worker.lifecycle.record import MOST_CHARACTERS
from worker.stream import admin
from worker.stream.reader import read_topic
from worker.stream.settings import Settings, load

pytestmark = pytest.mark.kafka
Headers = Sequence[tuple[str, bytes | None]]


@pytest.fixture(scope="module")
def worker(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    settings = load(bootstrap=kafka, application_id=f"test-excess-{secrets.token_hex(4)}")
    missing = asyncio.run(admin.inspected(settings)).missing
    asyncio.run(admin.create(settings, missing))
    with running(Worker(settings, tmp_path_factory.mktemp("excess") / "log")) as worker:
        yield worker


async def produce_compressed(
    settings: Settings, kind: str, key: bytes, value: bytes, headers: Headers = ()
) -> None:
    async with AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap, compression_type="gzip", max_request_size=100_000_000
    ) as producer:
        await producer.send_and_wait(name_of(kind), value, key=key, headers=list(headers))


async def dead_letters(settings: Settings, mark: bytes, least: int) -> list[Record]:
    async def look() -> list[Record] | None:
        letters = [record async for record in read_topic(settings, name_of("dead-letter"))]
        found = [one for one in letters if (one.key or mark).startswith(mark)]
        return found if len(found) >= least else None

    return await seen(look)


async def test_a_dead_letter_that_is_too_large_or_has_null_headers_holds_up_nobody(
    worker: Worker,
) -> None:
    await worker.ready()
    mark, settings = secrets.token_hex(8).encode(), worker.settings
    large, most = b"x" * 6_000_000, b"y" * LARGEST_DEAD_LETTER
    sent: list[tuple[bytes, bytes, Headers]] = [
        (mark, b"nonsense", [("theirs", None), ("lead-router-attempt", None)]),
        (mark + b"1", large, [("theirs", b"1")]),
        (mark + b"2", b"nonsense", [("theirs", most), ("null", None)]),
        (mark + most, b"nonsense", [("theirs", b"1")]),
    ]
    for key, value, headers in sent:
        await produce_compressed(settings, "form-submission", key, value, headers)
    for key, *_ in sent:
        lead_id = f"after-{secrets.token_hex(6)}"
        await produce_compressed(settings, "form-submission", key, form(lead_id))
        await outcomes(settings, "status-change", lead_id, 1)
    letters = {record.key: record for record in await dead_letters(settings, mark, 4)}
    small = letters[mark]
    assert (small.value, dict(small.headers)["theirs"]) == (b"nonsense", None)
    for place, what, size in [
        (mark + b"1", "value", b"6000000"),
        (mark + b"2", "headers", str(len(most) + 20 + len("theirsnull")).encode()),
        (None, "key", str(len(mark + most)).encode()),
    ]:
        told = dict(letters[place].headers)
        assert (letters[place].value, told[f"lead-router-left-out-{what}"]) == (None, size)
        assert told["__connect.errors.topic"] == name_of("form-submission").encode()


async def test_an_array_of_bad_items_with_large_headers_holds_up_nobody(worker: Worker) -> None:
    await worker.ready()
    key, settings, items = secrets.token_hex(8).encode(), worker.settings, 10_000
    body, theirs = b"[" + b",".join([b"1"] * items) + b"]", b"h" * 900_000
    await produce_compressed(settings, "raw.sendgrid", key, body, [("theirs", theirs)])
    lead_id = f"after-{secrets.token_hex(6)}"
    await produce_compressed(settings, "form-submission", key, form(lead_id))
    await outcomes(settings, "status-change", lead_id, 1)
    await caught_up(settings)
    letters = [record async for record in read_topic(settings, name_of("dead-letter"))]
    told = [dict(letter.headers) for letter in letters if letter.key == key]
    assert len(told) == items
    assert sum("theirs" in one for one in told) == 4 * LARGEST_DEAD_LETTER // len(theirs)


async def test_a_lead_of_whom_too_much_is_told_goes_on(worker: Worker) -> None:
    await worker.ready()
    lead_id = f"fat-{secrets.token_hex(6)}"
    for name in ("first_name", "last_name", "job_title", "company", "country", "industry"):
        told = {
            "event_id": name,
            "occurred_at": datetime.now(UTC).isoformat(),
            "lead_id": lead_id,
            "action": "profile_updated",
            "fields": {name: "x" * 250_000},
        }
        value = json.dumps(told).encode()
        await produce_compressed(worker.settings, "crm-update", lead_id.encode(), value)
    await produce_compressed(worker.settings, "form-submission", lead_id.encode(), form(lead_id))
    (handoff,) = await outcomes(worker.settings, "handoff", lead_id, 1)
    assert value_of(handoff)["lead"]["profile"]["company"] == "x" * MOST_CHARACTERS


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_a_producer_may_compress_as_it_likes(worker: Worker, codec: str) -> None:
    await worker.ready()
    lead_id = f"{codec}-{secrets.token_hex(6)}"
    async with AIOKafkaProducer(
        bootstrap_servers=worker.settings.bootstrap, compression_type=codec
    ) as producer:
        await producer.send_and_wait(name_of("form-submission"), form(lead_id))
    await outcomes(worker.settings, "status-change", lead_id, 1)
