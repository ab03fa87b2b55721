"""Topics with too few copies, on a cluster of three real brokers: `doctor` names them, and so does `topics apply`."""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
from contextlib import suppress

import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from tests.faults.brokers import Brokers
from tests.kafka.checked_up import found, leads_of
from tests.kafka.worker_process import seen
from topics.catalogue import SPINE
from worker.ops.local_broker import Say
from worker.stream import admin
from worker.stream.connection import BrokerTrouble
from worker.stream.settings import Settings, load

pytestmark = pytest.mark.kafka


async def made(brokers: Brokers, **chosen: object) -> Settings:
    """Returns an installation of which all topics that were missing have been made just now."""
    name = f"copied-{secrets.token_hex(4)}"
    settings = load(bootstrap=brokers.direct, application_id=name, partitions=2, **chosen)
    await admin.create(settings, (await admin.inspected(settings)).missing)
    return settings


def applied(settings: Settings) -> str:
    """Returns what `topics apply` has to say of topics that are there."""
    own = {
        "LEAD_ROUTER_BOOTSTRAP": settings.bootstrap,
        "LEAD_ROUTER_APPLICATION_ID": settings.application_id,
    }
    done = subprocess.run(
        [sys.executable, "-m", "worker", "topics", "apply"],
        env={**os.environ, **own},
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "nothing is missing\n"
    return done.stderr


async def durability(settings: Settings) -> list[str]:
    return (await found(settings)).get("durability", [])


async def test_too_few_copies_are_found_and_so_is_what_makes_three_of_no_use(say: Say) -> None:
    with Brokers(3, say) as brokers:
        settings = await made(brokers)
        assert await durability(settings) == []
        assert applied(settings) == ""

        lax = {"min.insync.replicas": "1", "unclean.leader.election.enable": "true"}
        async with admin.admin(settings) as client:
            await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, SPINE.name, lax)])
        few, unclean = sorted(await durability(settings))
        assert few.startswith(f"{SPINE.name}: min.insync.replicas=1")
        assert unclean.startswith(f"{SPINE.name}: unclean.leader.election.enable=true")

        other = await made(brokers, replication_factor=2)
        (unlike, *_) = [told for told in await durability(other) if "2 copies" in told]
        assert leads_of(other) in unlike
        assert unlike in applied(other)

        await asyncio.to_thread(brokers.nodes[3].kill)
        await seen(lambda: _are_there(settings, 2))
        assert unlike in await durability(other)
        late = await made(brokers)
        assert late.application_id not in " ".join(await durability(late))


async def _are_there(settings: Settings, brokers: int) -> bool:
    """Returns whether so many are known to be at work; who asks may ask the one that is gone."""
    with suppress(BrokerTrouble):
        async with admin.admin(settings) as client:
            return len((await client.describe_cluster())["brokers"]) == brokers
    return False
