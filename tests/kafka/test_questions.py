"""A broker makes a topic that it is asked about, by default: nothing of ours has it make one."""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from tests.kafka.refusing import LOOKS_OFTEN, has_decided
from tests.kafka.spoiling import make, unmake
from tests.kafka.worker_process import Worker, form, outcomes, produce, running
from topics.catalogue import Topic, catalogue, name_of
from worker.ops.local_broker import Say, own_broker
from worker.stream import admin
from worker.stream.settings import Settings, load

pytestmark = pytest.mark.kafka

ASKING = (
    ["topics", "check"],
    ["topics", "apply", "--dry-run"],
    ["topics", "read", "leads.activity.v1"],
    ["run"],
    ["lag"],
    ["doctor"],
    ["verify"],
    ["lead", "show", "anna"],
    ["lead", "explain", "anna"],
    ["dead-letters", "list"],
)
GONE_SECONDS = 8.0
"""Clients ask again about a topic that is gone after a tenth of a second, and a lane looks at its inputs every half."""
FORMS, REFUSALS = name_of("form-submission"), name_of("refusal")


@pytest.fixture
def settings(say: Say) -> Iterator[Settings]:
    """Gives settings for a broker of the test's own, on which there is nothing."""
    with own_broker(say) as broker:
        application = f"questions-{secrets.token_hex(4)}"
        yield load(bootstrap=broker.bootstrap, application_id=application, partitions=2)


async def topics_of(settings: Settings) -> set[str]:
    async with admin.admin(settings) as client:
        return {name for name in await client.list_topics() if not name.startswith("__")}


async def makes_what_it_is_asked_about(settings: Settings) -> bool:
    async with admin.admin(settings) as client:
        (answer,) = await client.describe_configs([ConfigResource(ConfigResourceType.BROKER, "1")])
    ((*_, entries),) = answer.resources
    return any(
        (name, value) == ("auto.create.topics.enable", "true") for name, value, *_ in entries
    )


def of_name(settings: Settings, name: str) -> Topic:
    return next(one for one in catalogue(settings.application_id) if one.name == name)


async def test_who_looks_at_topics_that_are_not_there_makes_none(settings: Settings) -> None:
    assert await makes_what_it_is_asked_about(settings)
    environment = {
        "LEAD_ROUTER_BOOTSTRAP": settings.bootstrap,
        "LEAD_ROUTER_APPLICATION_ID": settings.application_id,
        "LEAD_ROUTER_WEB_PORT": "0",
    }
    for words in ASKING:
        command = [sys.executable, "-m", "worker", *words]
        asking = await asyncio.create_subprocess_exec(*command, env=environment)
        await asking.wait()
        assert await topics_of(settings) == set(), words


async def test_topics_that_are_deleted_under_a_worker_stay_away_until_they_are_made(
    settings: Settings, tmp_path: Path
) -> None:
    assert await makes_what_it_is_asked_about(settings)
    await make(settings, catalogue(settings.application_id))
    there = await topics_of(settings)
    with running(Worker(settings, tmp_path / "log", **LOOKS_OFTEN)) as worker:
        await has_decided(worker)
        await unmake(settings, [FORMS, REFUSALS])
        await produce(settings, "web-visit", "bert", form("bert", url="https://acme.example/"))
        await outcomes(settings, "status-change", "bert", 1)
        await asyncio.sleep(GONE_SECONDS)
        assert await topics_of(settings) == there - {FORMS, REFUSALS}
        assert worker.process.poll() is None, worker.told()
        await make(settings, (of_name(settings, REFUSALS), of_name(settings, FORMS)))
        assert worker.ended() == 3, worker.told()
        assert "InputRecreated: " in worker.told(), "by its id, or by where it ends"
        assert FORMS in worker.told().split("InputRecreated: ")[1]
    assert len(await outcomes(settings, "status-change", "anna", 1)) == 1
