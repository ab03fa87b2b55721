"""What the real `lead-router run` refuses to go on with on a real broker: by name, exit 3, and no record touched."""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import NewPartitions, RecordsToDelete
from aiokafka.errors import KafkaError

from tests.kafka.checked_up import found
from tests.kafka.refusing import LOOKS_OFTEN, ends_saying, has_decided, held, is_refused, lived
from tests.kafka.spoiling import configured, made_anew, make, unmake
from tests.kafka.worker_process import Worker, form, outcomes, produce, running, seen, value_of
from topics.catalogue import (
    SPINE,
    Topic,
    catalogue,
    lifecycle_changelog,
)
from worker.lane.birth import Birth, birth_record
from worker.lane.kafka.consumer import kafka_consumer
from worker.ops.local_broker import Say, own_broker
from worker.stream import admin
from worker.stream.connection import connection
from worker.stream.reader import consumer
from worker.stream.settings import Settings, load
from worker.stream.writer import producer

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def bootstrap(say: Say) -> Iterator[str]:
    """Gives a broker of these tests' own: they spoil topics that all installations share."""
    with own_broker(say) as broker:
        yield broker.bootstrap


@pytest.fixture
def settings(bootstrap: str) -> Iterator[Settings]:
    """Gives an installation whose topics are made anew for each test."""
    settings = load(
        bootstrap=bootstrap, application_id=f"damage-{secrets.token_hex(4)}", partitions=2
    )
    asyncio.run(make(settings, catalogue(settings.application_id)))
    yield settings
    asyncio.run(unmake(settings, [topic.name for topic in catalogue(settings.application_id)]))


def changelog_of(settings: Settings) -> Topic:
    return lifecycle_changelog(settings.application_id)


async def test_a_changelog_made_anew_is_refused_and_left_alone(
    settings: Settings, tmp_path: Path
) -> None:
    await lived(settings, tmp_path / "first")
    await made_anew(settings, changelog_of(settings))
    await is_refused(
        settings, tmp_path / "log", "ChangelogLost", "is empty though leads.status-change"
    )


async def test_a_changelog_that_was_emptied_is_refused(settings: Settings, tmp_path: Path) -> None:
    await lived(settings, tmp_path / "first")
    name = changelog_of(settings).name
    await configured(settings, changelog_of(settings), **{"cleanup.policy": "delete"})
    places = [TopicPartition(name, number) for number in range(settings.partitions)]
    async with consumer(settings) as client, admin.admin(settings) as asked:
        ends = await client.end_offsets(places)
        await asked.delete_records({at: RecordsToDelete(end) for at, end in ends.items()})
    await is_refused(settings, tmp_path / "log", f"{name} has cleanup.policy=delete")
    await configured(settings, changelog_of(settings))
    await is_refused(
        settings, tmp_path / "again", "ChangelogLost", "only compaction may take from it"
    )


async def test_a_changelog_made_anew_while_it_runs_stops_it_before_anything_is_told(
    settings: Settings, tmp_path: Path
) -> None:
    with running(Worker(settings, tmp_path / "log")) as worker:
        await has_decided(worker)
        await made_anew(settings, changelog_of(settings))
        await produce(settings, "form-submission", "anna", form("anna", form_id="white_paper"))
        assert worker.ended() == 3, worker.told()
        assert "ChangelogLost" in worker.told()
    assert len(await outcomes(settings, "status-change", "anna", 1)) == 1
    await is_refused(settings, tmp_path / "again", "ChangelogLost", "is empty though")


async def test_an_input_made_anew_while_nothing_runs_is_refused(
    settings: Settings, tmp_path: Path
) -> None:
    await lived(settings, tmp_path / "first")
    await made_anew(settings, SPINE)
    await is_refused(settings, tmp_path / "log", "InputRecreated", SPINE.name)
    assert await held(settings, SPINE.name) == []


@pytest.mark.parametrize("running_on", [False, True], ids=["at a start", "while it runs"])
async def test_an_input_made_anew_and_filled_is_not_taken_for_the_one_that_was_read(
    settings: Settings, tmp_path: Path, *, running_on: bool
) -> None:
    forms = next(one for one in catalogue() if "form" in one.name)
    with running(Worker(settings, tmp_path / "first", **LOOKS_OFTEN)) as worker:
        await has_decided(worker)
        if not running_on:
            assert worker.ended(with_signal=signal.SIGTERM) == 0, worker.told()
        await made_anew(settings, forms)
        for number in range(8):
            await produce(settings, "form-submission", f"lead {number}", form(f"lead {number}"))
        if running_on:
            assert worker.ended() == 3, worker.told()
            assert f"InputRecreated: made anew since they were read: {forms.name}" in worker.told()
    if running_on:  # what intake had relayed of it before it noticed is decided by others
        ends_saying(settings, tmp_path / "log", "InputRecreated", forms.name)
    else:
        await is_refused(settings, tmp_path / "log", "InputRecreated", forms.name)


async def test_what_was_deleted_of_the_spine_before_it_was_read_is_not_passed_over(
    settings: Settings, tmp_path: Path
) -> None:
    await lived(settings, tmp_path / "first")
    places = [TopicPartition(SPINE.name, number) for number in range(settings.partitions)]
    async with producer(settings) as client, admin.admin(settings) as asked:
        for place in (*places, *places):
            await client.send_and_wait(place.topic, b"{}", b"anna", place.partition)
        async with consumer(settings) as reads:
            ends = await reads.end_offsets(places)
        await asked.delete_records({at: RecordsToDelete(end) for at, end in ends.items()})
    await is_refused(settings, tmp_path / "log", "InputTruncated", SPINE.name)


async def test_an_input_made_anew_while_it_runs_is_refused(
    settings: Settings, tmp_path: Path
) -> None:
    with running(Worker(settings, tmp_path / "log", **LOOKS_OFTEN)) as worker:
        await has_decided(worker)
        await made_anew(settings, next(one for one in catalogue() if "form" in one.name))
        assert worker.ended() == 3, worker.told()
        assert "InputRecreated" in worker.told()


async def grown(settings: Settings, names: list[str], partitions: int) -> None:
    async with admin.admin(settings) as client:
        with suppress(KafkaError):
            await client.create_partitions({name: NewPartitions(partitions) for name in names})

        async def look() -> bool:
            found = await admin.partition_counts(client, names)
            return set(found.values()) == {partitions}

        await seen(look)


@pytest.mark.parametrize("changelog", [True, False], ids=["changelog", "spine"])
async def test_partitions_added_while_it_runs_stop_it(
    settings: Settings, tmp_path: Path, *, changelog: bool
) -> None:
    name = changelog_of(settings).name if changelog else SPINE.name
    with running(Worker(settings, tmp_path / "log", **LOOKS_OFTEN)) as worker:
        await has_decided(worker)
        await grown(settings, [name], 3)
        assert worker.ended() == 3, worker.told()
        assert "TopicsDoNotFit" in worker.told()
    await is_refused(
        settings, tmp_path / "again", f"{name} has 3 partitions" if changelog else "has 3"
    )
    left_out = {"not-looked-at"} if changelog else set()
    assert set(await found(settings)) == {"TopicsDoNotFit", "group"} | left_out


async def test_partitions_added_everywhere_while_nothing_runs_are_refused(
    settings: Settings, tmp_path: Path
) -> None:
    await lived(settings, tmp_path / "first")
    await grown(settings, [topic.name for topic in catalogue(settings.application_id)], 4)
    said = f"{changelog_of(settings).name} was made for 2 partitions and now has 4"
    await is_refused(settings, tmp_path / "log", said)
    assert said in str((await found(settings))["TopicsDoNotFit"])


async def test_a_spine_that_forgets_is_refused(settings: Settings, tmp_path: Path) -> None:
    await configured(settings, SPINE, **{"retention.ms": "604800000"})
    await is_refused(settings, tmp_path / "log", f"{SPINE.name} has retention.ms=604800000")


async def test_a_newer_version_s_state_is_refused(settings: Settings, tmp_path: Path) -> None:
    await lived(settings, tmp_path / "first")
    key, value = birth_record(Birth(settings.partitions, 99))
    async with producer(settings) as client:
        for number in range(settings.partitions):
            name = changelog_of(settings).name
            await client.send_and_wait(name, value, key=key, partition=number)
    await is_refused(settings, tmp_path / "log", "WrittenByNewer", "records of format 99")


async def test_group_offsets_set_back_are_harmless(settings: Settings, tmp_path: Path) -> None:
    await lived(settings, tmp_path / "first")
    for group, topic in (
        (settings.lifecycle_group, SPINE.name),
        (settings.intake_group, "leads.form-submission.v1"),
    ):
        places = [TopicPartition(topic, number) for number in range(settings.partitions)]
        client = kafka_consumer(**connection(settings), group_id=group)
        await client.start()
        client.assign(places)
        await client.commit(dict.fromkeys(places, 0))
        await client.stop()
    with running(Worker(settings, tmp_path / "log")) as worker:
        await has_decided(worker, "bert")
        assert worker.ended(with_signal=signal.SIGTERM) == 0, worker.told()
    (change,) = await outcomes(settings, "status-change", "anna", 1)
    assert value_of(change)["seq"] == 1
