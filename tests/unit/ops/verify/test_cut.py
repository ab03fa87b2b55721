"""A cluster goes on working while it is read, and keeps nothing for ever: what that leaves to be judged."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from tests.unit.ops.verify.conftest import AN_HOUR_MS, LEADS
from tests.unit.ops.verify.judging import judged, names
from tests.unit.ops.verify.town import APPLICATION, NOON, PARTITIONS, Logs, Town
from topics.catalogue import (
    ACCOUNT_ACTIVITY,
    ACCOUNT_LOG,
    DEAD_LETTER,
    INPUTS,
    OUTCOMES,
    SPINE,
    accounts_changelog,
    intake_positions,
    lifecycle_changelog,
    name_of,
)
from worker.lane.positions import POSITION_KEY
from worker.lane.processor import TopicPartition
from worker.ops.traffic import history

CHANGES = name_of("status-change")
CHANGELOG = lifecycle_changelog(APPLICATION).name
ACCOUNTS_CHANGELOG = accounts_changelog(APPLICATION).name
POSITIONS = intake_positions(APPLICATION).name


@pytest.fixture
def busy() -> Town:
    """A town that has worked off one half, and not yet the other."""
    town = Town()
    produced = list(history(7, LEADS, NOON))
    town.produce(produced[: len(produced) // 2])
    town.come_to_rest()
    town.produce(produced[len(produced) // 2 :])
    return town


PUBLISHES = {
    CHANGELOG: [topic.name for topic in OUTCOMES],
    ACCOUNTS_CHANGELOG: [ACCOUNT_ACTIVITY.name],
    POSITIONS: [],
}


def last_transactions_undone(logs: Logs, topic: str, number: int) -> None:
    """Takes the last transactions off each partition of a changelog, as if it had been read before them."""
    for partition in range(PARTITIONS):
        held = logs.records[TopicPartition(topic, partition)]
        ends = [n for n, record in enumerate(held) if record.key == POSITION_KEY]
        first = ends[-number - 1] + 1 if number < len(ends) else 0
        for one in PUBLISHES[topic]:
            place = TopicPartition(one, partition)
            later = held[first].timestamp_ms
            logs.earlier[place] = sum(told.timestamp_ms < later for told in logs.records[place])
        del held[first:]


def test_what_intake_has_not_passed_is_under_way(busy: Town) -> None:
    report = judged(busy.logs)
    assert report.verdict == "PASS"
    assert report.under_way["inputs"] > 300


class Hidden(Logs):
    """Logs on whose inputs a producer's transaction stays open."""

    async def ends(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        assert not {place.topic for place in places} & {topic.name for topic in INPUTS}
        return await super().ends(places)


def test_nobody_waits_for_what_a_producer_hides_on_an_input(logs: Logs) -> None:
    assert judged(Hidden(logs.records)).verdict == "PASS"


def test_what_no_lane_has_passed_is_under_way(busy: Town) -> None:
    busy.relay()
    report = judged(busy.logs)
    assert report.verdict == "PASS"
    assert report.under_way["messages"] > 300
    assert report.under_way["outcomes"] > 10


def test_what_was_published_behind_the_cut_is_matched_all_the_same(logs: Logs) -> None:
    outcomes = judged(logs).judged["outcomes"]
    last_transactions_undone(logs, CHANGELOG, 60)
    report = judged(logs)
    assert report.verdict == "PASS"
    assert report.judged["outcomes"] == outcomes
    assert report.under_way["messages"] == 60 * PARTITIONS


@pytest.mark.parametrize("number", range(1, 25))
def test_what_accounts_did_behind_the_cut_is_no_anomaly(logs: Logs, number: int) -> None:
    last_transactions_undone(logs, ACCOUNTS_CHANGELOG, number)
    report = judged(logs)
    assert (report.verdict, report.first) == ("PASS", [])


def test_what_intake_wrote_behind_the_cut_is_no_anomaly(logs: Logs) -> None:
    last_transactions_undone(logs, POSITIONS, 60)
    report = judged(logs)
    assert report.verdict == "PASS"
    assert report.under_way["inputs"] >= 60


def test_a_phantom_behind_the_cut_is_named(logs: Logs) -> None:
    last_transactions_undone(logs, CHANGELOG, 60)
    logs.put(logs.of(CHANGES)[0])
    assert names(logs) == {"duplicate-effect"}


def test_an_outcome_that_is_missing_behind_the_cut_is_lost_if_a_later_one_is_there(
    logs: Logs,
) -> None:
    held = logs.records[TopicPartition(CHANGES, 0)]
    last_transactions_undone(logs, CHANGELOG, 10_000)
    assert judged(logs).under_way["outcomes"] == 0
    logs.drop(held[-2])
    assert names(logs) <= {"lost", "torn"}
    assert judged(logs).verdict == "FAIL"


def test_an_outcome_that_is_missing_at_the_very_end_behind_the_cut_is_under_way(logs: Logs) -> None:
    last_transactions_undone(logs, CHANGELOG, 10_000)
    logs.drop(logs.of(CHANGES)[-1])
    report = judged(logs)
    assert (report.verdict, report.under_way["outcomes"]) == ("UNKNOWN", 1), "no message is judged"


def test_an_empty_installation_is_unknown() -> None:
    report = judged(Logs({key: [] for key in Town().logs.records}))
    assert report.verdict == "UNKNOWN"
    assert "nothing to judge" in report.unknown[0]


@pytest.mark.parametrize("topic", [CHANGES, DEAD_LETTER.name, name_of("form-submission")])
def test_what_retention_has_deleted_makes_it_unknown_and_is_named(logs: Logs, topic: str) -> None:
    logs.forget(topic, 1, 1)
    report = judged(logs)
    assert report.verdict == "UNKNOWN"
    said = f"{topic}/1 begins at offset 1: what was before is deleted, and would be needed"
    assert report.unknown[0] == said


def test_an_item_that_may_have_been_a_deleted_dead_letter_is_not_called_lost(logs: Logs) -> None:
    number = len(logs.records[TopicPartition(DEAD_LETTER.name, 1)])
    assert number > 0
    logs.forget(DEAD_LETTER.name, 1, number)
    report = judged(logs)
    assert report.verdict == "UNKNOWN"
    assert "dead letters of that time are deleted" in report.unknown[-1]


@pytest.mark.parametrize("topic", [SPINE.name, ACCOUNT_LOG.name])
def test_without_the_beginning_of_a_log_nothing_can_be_told(logs: Logs, topic: str) -> None:
    logs.forget(topic, 0, 1)
    report = judged(logs)
    assert report.verdict == "UNKNOWN"
    assert f"{topic}/0 begins at offset 1" in report.unknown[0]
    assert report.judged["messages"] == 0


def test_judging_from_a_time_needs_nothing_of_before(logs: Logs) -> None:
    since = NOON + AN_HOUR_MS // 2
    whole = judged(logs)
    for place, held in logs.records.items():
        if place.topic in {CHANGES, DEAD_LETTER.name} or place.topic.startswith("leads.raw"):
            old = sum(record.timestamp_ms < since for record in held)
            logs.forget(*place, max(old - 3, 0))
    report = judged(logs, since)
    assert (report.verdict, report.unknown, report.anomalies) == ("PASS", [], {})
    assert 0 < report.judged["outcomes"] < whole.judged["outcomes"]
    assert 0 < report.judged["items"] < whole.judged["items"]
    assert report.judged["records"] == whole.judged["records"]


def test_an_anomaly_of_before_is_not_judged(logs: Logs) -> None:
    since = NOON + AN_HOUR_MS // 2
    logs.put(logs.of(CHANGES)[2], 3)
    assert judged(logs).verdict == "FAIL"
    assert judged(logs, since).verdict == "PASS"


def test_an_anomaly_of_since_then_is_named(logs: Logs) -> None:
    since = NOON + AN_HOUR_MS // 2
    last = logs.of(CHANGES)[-1]
    logs.drop(last)
    assert set(judged(logs, since).anomalies) <= {"lost", "torn"}
    assert judged(logs, since).verdict == "FAIL"


def test_all_outcomes_of_since_then_may_be_missing(logs: Logs) -> None:
    since = NOON + AN_HOUR_MS // 2
    late = [
        record
        for topic in OUTCOMES
        for record in logs.of(topic.name)
        if record.timestamp_ms >= since
    ]
    for record in reversed(late):
        logs.drop(record)
    assert set(judged(logs, since).anomalies) == {"lost"}


def test_a_quiet_partition_that_has_expired_holds_nothing_that_is_needed(logs: Logs) -> None:
    place = TopicPartition(name_of("raw.typeform"), 0)
    held = logs.records[place]
    since_ms = held[-1].timestamp_ms + 1
    logs.forget(*place, len(held))
    assert "is deleted" in judged(logs, since_ms).unknown[0]
    kept_since_ms = {topic: since_ms for topic, _ in logs.records}
    assert judged(logs, since_ms, kept_since_ms).verdict == "PASS"
    assert judged(logs, since_ms - 1, kept_since_ms).verdict == "UNKNOWN"
