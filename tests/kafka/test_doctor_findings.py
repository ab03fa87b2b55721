"""What a check-up finds on a real broker, a kind of damage each; nobody is at work in these installations."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from schemas.spine import PolicyInForce
from tests.kafka.checked_up import ONE, found, leads_of, tell, write, wrong
from tests.kafka.spoiling import configured, make, unmake
from topics.catalogue import (
    ACCOUNT_LOG,
    accounts_changelog,
    catalogue,
    intake_positions,
    lifecycle_changelog,
    name_of,
)
from worker import presets
from worker.lane.birth import BIRTH_KEY, Birth, birth_record
from worker.lane.clock import wall_ms
from worker.lane.limits import Limits
from worker.lane.positions import POSITION_KEY
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.record import Lead, Lifecycle, encode_lead
from worker.ops.local_broker import OwnBroker, Say, own_broker
from worker.stream import admin
from worker.stream.changelogs import OVERDUE_MS, processors_of
from worker.stream.checkup import findings
from worker.stream.connection import BrokerTrouble
from worker.stream.lifecycle import POLICY_KEY
from worker.stream.settings import Settings, load

pytestmark = pytest.mark.kafka

SOON = Limits(offsets_again_seconds=0.1)
PARTITIONS = 2


@pytest.fixture(scope="module")
def broker(say: Say) -> Iterator[OwnBroker]:
    with own_broker(say) as broker:
        yield broker


def named(broker: OwnBroker) -> Settings:
    return load(
        bootstrap=broker.bootstrap,
        application_id=f"spoilt-{secrets.token_hex(4)}",
        partitions=PARTITIONS,
        limits=SOON,
    )


@pytest.fixture
async def settings(broker: OwnBroker) -> Settings:
    """Gives an installation of a test's own; what lanes keep is its own, too."""
    settings = named(broker)
    await make(settings, catalogue(settings.application_id))
    return settings


async def test_a_cluster_without_topics_is_said_to_be_one(broker: OwnBroker) -> None:
    settings = named(broker)
    seen = await found(settings)
    missing = [f"{topic.name} is missing" for topic in catalogue(settings.application_id)]
    assert seen == {"topics": missing}


def test_lag_names_the_topics_that_are_missing(broker: OwnBroker) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "worker", "lag", "--json"],
        env={**os.environ, "LEAD_ROUTER_BOOTSTRAP": broker.bootstrap},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"leads.activity.v1 is missing\n" in done.stderr
    assert b"`lead-router topics apply` creates what is missing" in done.stderr


async def test_an_installation_that_is_new_has_nothing_but_nobody_at_work(
    settings: Settings,
) -> None:
    await wrong(settings)


async def test_a_newer_format_is_found_in_the_first_record_of_a_changelog(
    settings: Settings,
) -> None:
    topic = accounts_changelog(settings.application_id).name
    await write(settings, topic, *birth_record(Birth(PARTITIONS, 99)))
    await wrong(
        settings,
        WrittenByNewer=[
            f"{topic} holds records of format 99, this worker reads up to 1: run the newer version again"
        ],
    )


async def test_a_changelog_that_was_made_for_fewer_partitions_is_found(settings: Settings) -> None:
    await write(settings, leads_of(settings), *birth_record(Birth(1, 1)))
    (seen,) = (await found(settings))["TopicsDoNotFit"]
    assert seen.startswith(f"{leads_of(settings)} was made for 1 partitions and now has 2: ")


async def test_states_that_nobody_has_written_are_counted_unless_written_over(
    settings: Settings,
) -> None:
    topic, sound = leads_of(settings), encode_lead(Lead())
    await write(settings, topic, b"anna", b"garbage")
    await write(settings, topic, b"bert", b"garbage", sound)
    await write(settings, topic, b"carl", sound[:8] + b"\x63" + sound[9:])
    await write(settings, topic, b"dora", sound)
    await wrong(
        settings,
        ChangelogDamaged=[
            f"{topic} partition 1 holds 1 records that no version of the worker has written"
        ],
        WrittenByNewer=[f"{topic} partition 1 holds 1 records that a newer version has written"],
    )


@pytest.mark.parametrize("key", [POSITION_KEY, BIRTH_KEY, b"\x00origin/a/b"])
async def test_a_record_of_the_lane_s_own_that_no_lane_has_written_is_found(
    settings: Settings, key: bytes
) -> None:
    await write(settings, leads_of(settings), key, b"garbage")
    name = key[1:].decode()
    await wrong(
        settings,
        ChangelogDamaged=[
            f"{leads_of(settings)} partition 1: the lane's own record {name} of 7 bytes is none that a lane writes"
        ],
    )


async def test_an_empty_changelog_beside_outcomes_is_found(settings: Settings) -> None:
    await tell(settings, "another")
    await wrong(settings)
    await tell(settings, settings.application_id)
    (seen,) = (await found(settings))["ChangelogLost"]
    assert seen.startswith(f"{leads_of(settings)} partition 1 is empty though leads.status-change")


async def test_a_changelog_that_is_missing_beside_outcomes_is_found(settings: Settings) -> None:
    await tell(settings, settings.application_id)
    await unmake(settings, [leads_of(settings)])
    seen = await found(settings)
    assert seen["topics"] == [f"{leads_of(settings)} is missing"]
    assert "partition 1 is empty though leads.status-change" in seen["ChangelogLost"][0]


async def test_a_changelog_without_its_beginning_is_found_and_so_is_why(settings: Settings) -> None:
    topic = lifecycle_changelog(settings.application_id)
    await write(settings, topic.name, *birth_record(Birth(PARTITIONS, 1)))
    await configured(settings, topic, **{"cleanup.policy": "delete"})
    async with admin.admin(settings) as asked:
        await asked.delete_records({TopicPartition(topic.name, 1): RecordsToDelete(1)})
    await wrong(
        settings,
        configuration=[f"{topic.name} has cleanup.policy=delete, it must be compact"],
        ChangelogLost=[
            f"{topic.name} partition 1 lacks what was before 1: only compaction may take from it"
        ],
    )


async def test_a_retention_where_histories_begin_is_found(settings: Settings) -> None:
    await configured(settings, ACCOUNT_LOG, **{"retention.ms": "604800000"})
    try:
        seen = f"{ACCOUNT_LOG.name} has retention.ms=604800000, it must be -1: every history begins there"
        await wrong(settings, configuration=[seen])
    finally:
        await configured(settings, ACCOUNT_LOG)


async def test_an_input_that_ends_before_what_was_read_of_it_is_found(settings: Settings) -> None:
    topic, inputs = intake_positions(settings.application_id).name, name_of("web-visit")
    await write(settings, topic, b"stray", b"somebody@example.com")  # a worker passes over it
    await write(settings, topic, POSITION_KEY, json.dumps({inputs: 100, "gone": 9}).encode())
    await wrong(
        settings,
        InputRecreated=[f"{inputs} partition 1 ends at 0 and was read up to 100: it was made anew"],
    )


async def in_force(settings: Settings, policy: Policy) -> None:
    """Lets a partition of the leads name a policy."""
    _, lifecycle, _ = processors_of(settings.application_id, {}, ONE)
    kept = lifecycle.encode(PolicyInForce(policy.digest, policy.text))
    await write(settings, leads_of(settings), POLICY_KEY, kept)


async def test_another_policy_in_force_is_found(settings: Settings, other: str) -> None:
    held = presets.load(other)
    await in_force(settings, held)
    (seen,) = (await found(settings))["PoliciesDiffer"]
    assert seen.startswith(f"partition 1 decides under {held.digest} (inside-sales other)")
    assert ONE.digest in seen


async def test_a_policy_without_a_place_for_leads_is_found(settings: Settings) -> None:
    await in_force(settings, presets.load("hand-raiser"))
    seen = await found(settings)
    assert "has no place for leads in sql, opportunity," in seen["ProcessorRefuses"][0]


async def test_a_deadline_is_overdue_once_the_record_too_is_old_enough(settings: Settings) -> None:
    before = wall_ms() - OVERDUE_MS - 1_000
    due = encode_lead(Lead(lifecycles={"*": Lifecycle(due=1)}))
    await write(settings, leads_of(settings), b"anna", due)
    await wrong(settings)
    await write(settings, leads_of(settings), b"bert", due, at_ms=before)
    await wrong(
        settings,
        deadlines=[
            f"{leads_of(settings)} partition 1 holds 1 leads whose deadline is more than ten minutes overdue"
        ],
    )


async def test_what_nobody_reads_is_behind(settings: Settings) -> None:
    await write(settings, name_of("web-visit"), b"anna", b"{}", at_ms=wall_ms() - 90_000)
    seen = await found(settings)
    (behind,) = seen["lag"]
    assert behind.startswith(
        f"{settings.intake_group} is 1 messages behind on leads.web-visit.v1/1"
    )


async def test_what_was_found_is_said_before_the_broker_dies(
    settings: Settings, broker: OwnBroker
) -> None:
    looking = findings(settings, ONE)
    assert (await anext(looking)).name == "group"
    broker.kill()
    with pytest.raises(BrokerTrouble, match="no broker answers"):
        await anext(looking)
