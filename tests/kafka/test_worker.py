"""The real `lead-router run` on a real broker: what comes in, what comes out, and how it ends."""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kafka.worker_process import (
    Worker,
    caught_up,
    form,
    outcomes,
    produce,
    running,
    seen,
    value_of,
)
from topics.catalogue import name_of
from worker.lane.processor import Record
from worker.stream import admin
from worker.stream.reader import read_topic
from worker.stream.settings import Settings, load

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def settings(kafka: str) -> Settings:
    settings = load(bootstrap=kafka, application_id=f"test-worker-{secrets.token_hex(4)}")
    missing = asyncio.run(admin.inspected(settings)).missing
    asyncio.run(admin.create(settings, missing))
    return settings


@pytest.fixture(scope="module")
def only_worker(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """Gives the worker that the tests share; static membership lets it come back at once."""
    log = tmp_path_factory.mktemp("worker") / "log"
    with running(Worker(settings, log, LEAD_ROUTER_GROUP_INSTANCE_ID="the-only-one")) as worker:
        yield worker


@pytest.fixture
async def worker(only_worker: Worker) -> Worker:
    """Gives the worker alive and ready, whatever the test before did to it."""
    if only_worker.process.poll() is not None:
        only_worker.restart()
    await only_worker.ready()
    return only_worker


@pytest.fixture
def lead_id() -> str:
    return f"lead-{secrets.token_hex(6)}"


async def test_a_raised_hand_becomes_a_status_change_and_a_handoff(
    worker: Worker, lead_id: str
) -> None:
    await produce(worker.settings, "form-submission", lead_id, form(lead_id))
    (change,) = await outcomes(worker.settings, "status-change", lead_id, 1)
    (handoff,) = await outcomes(worker.settings, "handoff", lead_id, 1)
    assert (value_of(change)["to_status"], value_of(change)["seq"]) == ("mql", 1)
    assert (value_of(handoff)["kind"], value_of(handoff)["seq"]) == ("new_to_mql", 2)
    assert dict(change.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": f"{lead_id}/*/1".encode(),
        "ce_type": b"leads.status-change.v1",
        "ce_source": f"/lead-router/{worker.settings.application_id}".encode(),
        "ce_subject": lead_id.encode(),
        "ce_time": value_of(change)["occurred_at"].encode(),
        "content-type": b"application/json",
    }


async def test_what_cannot_be_read_is_a_dead_letter_byte_for_byte(
    worker: Worker, lead_id: str
) -> None:
    await produce(worker.settings, "web-visit", lead_id, b"\xff not utf-8")

    async def look() -> list[Record]:
        letters = read_topic(worker.settings, name_of("dead-letter"))
        return [record async for record in letters if record.key == lead_id.encode()]

    (letter,) = await seen(look)
    headers = dict(letter.headers)
    assert letter.value == b"\xff not utf-8"
    assert (headers["h"], headers["__connect.errors.topic"]) == (b"1", b"leads.web-visit.v1")
    assert headers["lead-router-error-code"] == b"encoding.invalid"


async def test_lag_is_zero_when_everything_is_done(worker: Worker, lead_id: str) -> None:
    await produce(worker.settings, "form-submission", lead_id, form(lead_id))
    await outcomes(worker.settings, "status-change", lead_id, 1)
    await caught_up(worker.settings)


async def test_it_ends_in_order_and_knows_its_leads_again(worker: Worker, lead_id: str) -> None:
    await produce(worker.settings, "form-submission", lead_id, form(lead_id))
    await outcomes(worker.settings, "status-change", lead_id, 1)
    assert worker.ended(with_signal=signal.SIGTERM) == 0, worker.told()
    call = form(lead_id, outcome="connected").replace(b'"form_id": "contact_us", ', b"")
    await produce(worker.settings, "call-disposition", lead_id, call)
    worker.restart()
    _, talked = await outcomes(worker.settings, "status-change", lead_id, 2)
    assert (value_of(talked)["from_status"], value_of(talked)["seq"]) == ("mql", 3)
    await worker.ready()
    assert worker.ended(with_signal=signal.SIGINT) == 0, worker.told()


async def test_a_killed_worker_doubles_nothing(worker: Worker, lead_id: str) -> None:
    await produce(worker.settings, "form-submission", lead_id, form(lead_id))
    await outcomes(worker.settings, "status-change", lead_id, 1)
    worker.ended(with_signal=signal.SIGKILL)
    await produce(worker.settings, "form-submission", lead_id, form(lead_id))
    worker.restart()
    await caught_up(worker.settings)
    changes = await outcomes(worker.settings, "status-change", lead_id, 1)
    assert [value_of(change)["seq"] for change in changes] == [1]


async def test_the_figures_name_what_happened_and_nobody(worker: Worker) -> None:
    address = f"{secrets.token_hex(4)}@example.com"
    value = form("", email=address).replace(b'"lead_id": "", ', b"")
    await produce(worker.settings, "form-submission", "any", value)
    await outcomes(worker.settings, "status-change", f"email:{address}", 1)
    _, figures = await worker.page("metrics")
    assert 'lead_router_events_total{outcome="applied",processor="lifecycle"}' in figures
    assert 'to_status="mql"' in figures
    assert address not in figures + worker.told()


async def test_a_policy_without_a_place_for_its_leads_ends_it_as_bad_input(
    worker: Worker, lead_id: str, tmp_path: Path
) -> None:
    settings = worker.settings
    await produce(settings, "form-submission", lead_id, form(lead_id))
    await outcomes(settings, "status-change", lead_id, 1)
    assert worker.ended(with_signal=signal.SIGTERM) == 0, worker.told()
    with running(Worker(settings, tmp_path / "log", LEAD_ROUTER_POLICY="hand-raiser")) as other:
        assert other.ended() == 2
        assert "no place for leads in pre_inquiry, inquiry, rejected" in other.told()
        assert "name them under [moved]" in other.told()


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


async def test_a_taken_port_ends_it_with_a_sentence(
    settings: Settings, tmp_path: Path, taken_port: int
) -> None:
    with running(
        Worker(settings, tmp_path / "log", LEAD_ROUTER_WEB_PORT=str(taken_port))
    ) as worker:
        assert worker.ended() == 3
        assert f"port {taken_port} on 127.0.0.1 is taken" in worker.told()


async def test_a_missing_topic_ends_it_with_its_name(
    kafka: str, application_id: str, tmp_path: Path
) -> None:
    with running(
        Worker(load(bootstrap=kafka, application_id=application_id), tmp_path / "log")
    ) as worker:
        assert worker.ended() == 3
        assert f"{application_id}.lifecycle.changelog is missing" in worker.told()


async def test_a_policy_that_is_none_ends_it_as_bad_input(
    settings: Settings, tmp_path: Path
) -> None:
    with running(Worker(settings, tmp_path / "log", LEAD_ROUTER_POLICY="nowhere.toml")) as worker:
        assert worker.ended() == 2
        assert "nowhere.toml" in worker.told()


async def test_of_two_under_one_name_the_first_ends_and_says_why(
    worker: Worker, tmp_path: Path
) -> None:
    again = Worker(worker.settings, tmp_path / "log", LEAD_ROUTER_GROUP_INSTANCE_ID="the-only-one")
    with running(again) as second:
        assert worker.ended() == 3, worker.told()
        assert "InstanceFenced" in worker.told()
        await second.ready()
        assert second.ended(with_signal=signal.SIGTERM) == 0, second.told()
