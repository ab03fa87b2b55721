"""`lead show` and `lead explain` on a real broker, of a lead that a real worker has worked on."""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.kafka.worker_process import Worker, caught_up, form, outcomes, produce, running, value_of
from topics.catalogue import lifecycle_changelog
from worker.lane.positions import POSITION_KEY
from worker.stream import admin
from worker.stream.settings import Settings, load
from worker.stream.writer import producer


@pytest.fixture(scope="module")
def settings(kafka: str) -> Settings:
    settings = load(bootstrap=kafka, application_id=f"test-lead-{secrets.token_hex(4)}")
    asyncio.run(admin.create(settings, asyncio.run(admin.inspected(settings)).missing))
    return settings


@pytest.fixture(scope="module")
def lead_id(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Gives a lead that raised its hand 20 days ago, waited for its account and then for sales, and was asked for."""
    lead_id = f"lead-{secrets.token_hex(6)}"
    log = tmp_path_factory.mktemp("worker") / "log"
    with running(Worker(settings, log)) as worker:
        asyncio.run(_lived(worker, lead_id))
    return lead_id


async def _lived(worker: Worker, lead_id: str) -> None:
    settings = worker.settings
    await worker.ready()
    before = (datetime.now(UTC) - timedelta(days=20)).isoformat()
    raised = json.loads(form(lead_id, occurred_at=before))
    raised["fields"] = {"account_id": f"of-{lead_id}"}
    await produce(settings, "form-submission", lead_id, json.dumps(raised).encode())
    await outcomes(settings, "status-change", lead_id, 2)
    wish = {"action": "status_requested", "status": "engaged", "by_team": "inside_sales"}
    request = json.loads(form(lead_id, **wish))
    del request["form_id"]
    await produce(settings, "crm-update", lead_id, json.dumps(request).encode())
    await outcomes(settings, "refusal", lead_id, 1)
    await caught_up(settings)


def lead(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs `lead-router lead` against the broker of the test."""
    return subprocess.run(
        [sys.executable, "-m", "worker", "lead", *words],
        env={
            "LEAD_ROUTER_BOOTSTRAP": settings.bootstrap,
            "LEAD_ROUTER_APPLICATION_ID": settings.application_id,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def lines(done: subprocess.CompletedProcess[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    assert done.returncode == 0, done.stderr
    for line in map(json.loads, done.stdout.splitlines()):
        yield line["type"], line["value"]


def test_show_tells_the_record_and_each_published_outcome_below_its_cause(
    settings: Settings, lead_id: str
) -> None:
    found = list(lines(lead(settings, "show", lead_id, "--json")))
    assert [kind for kind, _ in found if kind != "policy"] == [
        "person",
        "lead",
        "activity",
        "account-answer",
        "status-change",
        "handoff",
        "deadline",
        "status-change",
        "handoff",
        "activity",
        "refusal",
    ]
    record = dict(found)["lead"]
    assert (record["status"], record["seq"]) == ("long_term_nurture", 5)
    assert record["score_now"] == record["score"]
    published = asyncio.run(outcomes(settings, "status-change", lead_id, 2))
    assert [v for kind, v in found if kind == "status-change"] == list(map(value_of, published))


def test_show_says_of_each_outcome_that_it_is_on_its_topic(
    settings: Settings, lead_id: str
) -> None:
    done = lead(settings, "show", lead_id, "--json")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["published"] for line in told if "published" in line] == [True] * 5
    in_words = lead(settings, "show", lead_id).stdout
    assert "    status-change: new -> mql by raised_hand" in in_words
    assert "not on its topic" not in in_words
    assert "difference" not in in_words


def test_explain_says_why_it_is_there_and_what_is_missing(settings: Settings, lead_id: str) -> None:
    found = list(lines(lead(settings, "explain", lead_id, "--json")))
    why = [value for kind, value in found if kind == "explanation"]
    assert [(one["cause"]["type"], one["verdict"]) for one in why] == [
        ("form-submission", "waiting"),
        ("form-submission", "applied"),
        ("deadline", "applied"),
        ("crm-update", "refused"),
    ]
    assert why[1]["tried"][-1]["rule"] == "raised_hand"
    assert why[3]["asked"][0]["failed"] == "transition.not_allowed"
    stands = dict(found)["standing"]
    mql = next(one for one in stands["next"] if one["status"] == "mql")
    scored = next(rule for rule in mql["by_rule"] if rule["rule"] == "scored")
    assert scored["missing"][0]["wanted"] == "at least 60"
    in_words = lead(settings, "explain", lead_id).stdout
    assert "        14 days in mql were over: it leads to long_term_nurture" in in_words
    assert "        rule scored, on marketing_activity or profile_activity: missing" in in_words


def test_a_lead_nobody_knows_is_a_no_with_a_sentence(settings: Settings, lead_id: str) -> None:
    done = lead(settings, "show", "email:nobody@nowhere.example")
    assert (done.returncode, done.stdout) == (1, "")
    assert f'{settings.application_id} knows no lead "email:nobody@nowhere.example"' in done.stderr


def test_an_installation_without_topics_is_bad_input(settings: Settings) -> None:
    nowhere = settings.model_copy(update={"application_id": "test-lead-nowhere"})
    done = lead(nowhere, "explain", "anybody")
    assert done.returncode == 2
    assert "test-lead-nowhere.lifecycle.changelog" in done.stderr


async def test_a_changelog_that_is_damaged_is_named(kafka: str, application_id: str) -> None:
    settings = load(bootstrap=kafka, application_id=application_id)
    await admin.create(settings, (await admin.inspected(settings)).missing)
    topic = lifecycle_changelog(application_id).name
    async with producer(settings) as client:
        for partition in range(settings.partitions):
            await client.send_and_wait(topic, b"anna@example.com", POSITION_KEY, partition)
    asked = lead(settings, "show", "anna")
    assert asked.returncode == 3
    assert "ChangelogDamaged: the lane's own record position of 16 bytes" in asked.stderr
    assert "anna@" not in asked.stderr
