"""Records lie where their keys belong, and what others have published on the same topics is theirs."""

from __future__ import annotations

import msgspec
import pytest

from tests.unit.ops.verify.judging import judged, names, wheres
from tests.unit.ops.verify.town import APPLICATION, PARTITIONS, Logs, Town, form
from topics.catalogue import ACCOUNT_LOG, OUTCOMES, SPINE, name_of
from worker.lane.processor import Record, TopicPartition
from worker.ops.verify import command

CHANGES = name_of("status-change")


def elsewhere(logs: Logs, record: Record) -> Record:
    """Puts a record onto another partition than its own."""
    logs.drop(record)
    return logs.put(msgspec.structs.replace(record, partition=1 - record.partition))


@pytest.mark.parametrize("topic", [SPINE.name, ACCOUNT_LOG.name, CHANGES])
def test_a_record_on_another_partition_than_its_key_s_is_misplaced(logs: Logs, topic: str) -> None:
    moved = elsewhere(logs, next(one for one in logs.of(topic) if one.key is not None))
    (where,) = wheres(logs, "misplaced")
    assert where.startswith(f"{topic}/{moved.partition} offset {moved.offset}: ")
    assert where.endswith(f"belongs on partition {1 - moved.partition}")


def under_another_id(record: Record) -> Record:
    headers = tuple(
        (name, b"/lead-router/former" if name == "ce_source" else value)
        for name, value in record.headers
    )
    return msgspec.structs.replace(record, headers=headers)


def test_outcomes_of_another_installation_are_counted_and_not_judged(logs: Logs) -> None:
    own = judged(logs).judged["outcomes"]
    for topic in OUTCOMES:
        for partition in range(PARTITIONS):
            held = logs.records[TopicPartition(topic.name, partition)]
            for record in list(held):
                logs.put(under_another_id(record), 0)
    report = judged(logs)
    assert (report.verdict, report.anomalies) == ("PASS", {})
    assert (report.judged["outcomes"], report.judged["of_others"]) == (own, own)


def test_an_own_outcome_that_bears_another_s_name_is_missing(logs: Logs) -> None:
    record = logs.of(CHANGES)[3]
    logs.replace(record, headers=under_another_id(record).headers)
    assert names(logs) <= {"lost", "torn"}
    assert judged(logs).judged["of_others"] == 1


def test_an_installation_that_begins_anew_on_the_topics_of_another_passes(honest: Logs) -> None:
    published = {topic.name for topic in OUTCOMES}
    shared = {
        place: [under_another_id(one) if place.topic in published else one for one in held]
        for place, held in honest.records.items()
        if not place.topic.startswith(APPLICATION)
    }
    town = Town(shared)
    town.now = max(one.timestamp_ms for held in shared.values() for one in held)
    town.come_to_rest()
    town.produce([form("ana"), form("bob")])
    town.come_to_rest()
    report = judged(town.logs)
    assert (report.verdict, report.anomalies) == ("PASS", {})
    assert report.judged["of_others"] > sum(len(honest.of(topic)) for topic in published)


@pytest.mark.parametrize("told", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "beginning"])
def test_a_time_before_every_log_is_the_beginning(told: str) -> None:
    assert command.make_context("verify", ["--from", told]).params["since_ms"] is None
