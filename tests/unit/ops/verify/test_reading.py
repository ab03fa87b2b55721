"""Records lie where their keys belong, and what others have published on the same topics is theirs."""

from __future__ import annotations

import msgspec
import pytest

from tests.unit.ops.verify.conftest import LEADS
from tests.unit.ops.verify.judging import judged, names, wheres
from tests.unit.ops.verify.town import NOON, PARTITIONS, Logs, Town, form
from topics.catalogue import ACCOUNT_ACTIVITY, ACCOUNT_LOG, OUTCOMES, SPINE, name_of
from worker.lane.processor import Record, TopicPartition
from worker.ops.traffic import history
from worker.ops.verify import command
from worker.ops.verify.findings import Findings
from worker.ops.verify.reading import Placing, source_of

CHANGES = name_of("status-change")
PUBLISHED = [topic.name for topic in OUTCOMES]
ANEW = "anew"
DAY_MS = 86_400_000


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


def test_a_record_of_before_is_not_called_misplaced(logs: Logs) -> None:
    findings = Findings()
    moved = [msgspec.structs.replace(one, partition=1 - one.partition) for one in logs.of(CHANGES)]
    latest = max(one.timestamp_ms for one in moved)
    Placing(PARTITIONS, findings, latest).look(moved)
    assert findings.counts["misplaced"] == sum(one.timestamp_ms == latest for one in moved)


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
    assert names(logs) in ({"lost"}, {"torn"})
    assert judged(logs).judged["of_others"] == 1


def begun_anew(former: Logs) -> Town:
    """A town that has begun on the topics of another, and worked off what is there."""
    before = max(one.timestamp_ms for held in former.records.values() for one in held)
    town = Town(former, ANEW)
    town.now = before + 1
    town.come_to_rest()
    return town


def gone_on_for_a_year(former: Logs, expired: list[str]) -> int:
    """Lets one begin anew and go on until these topics hold nothing of before, and returns since when (UTC ms)."""
    town = begun_anew(former)
    since = town.now = town.now + 366 * DAY_MS
    town.produce([form("ana", since), form("bob", since)])
    town.come_to_rest()
    former.expire(expired, since)
    return since


def test_an_installation_that_begins_anew_on_the_topics_of_another_passes(logs: Logs) -> None:
    others = sum(len(logs.of(topic)) for topic in PUBLISHED)
    town = begun_anew(logs)
    began = town.now
    town.produce([form("ana"), form("bob")])
    town.come_to_rest()
    report = judged(logs, application=ANEW)
    assert (report.verdict, report.anomalies) == ("PASS", {})
    assert report.judged["of_others"] > others
    assert judged(logs, began, application=ANEW).verdict == "PASS"


def unsigned(record: Record) -> Record:
    headers = tuple(one for one in record.headers if one[0] != "ce_source")
    return msgspec.structs.replace(record, headers=headers)


def test_words_of_accounts_that_say_whose_they_are_are_judged_beside_others(logs: Logs) -> None:
    begun_anew(logs)
    of_anew = ("ce_source", source_of(ANEW))
    word = next(one for one in logs.of(ACCOUNT_ACTIVITY.name)[::-1] if of_anew in one.headers)
    place = TopicPartition(word.topic, word.partition)
    logs.put(word)
    assert judged(logs, application=ANEW).anomalies == {"duplicate-effect": 1}
    logs.records[place] = [
        one if of_anew in one.headers else unsigned(one) for one in logs.records[place]
    ]
    assert judged(logs, application=ANEW).anomalies == {}, "it may be the other's"


def test_it_passes_too_once_all_outcomes_of_the_other_have_expired(logs: Logs) -> None:
    since = gone_on_for_a_year(logs, PUBLISHED)
    report = judged(logs, since, dict.fromkeys(PUBLISHED, since), ANEW)
    assert (report.verdict, report.anomalies) == ("PASS", {})
    assert (report.judged["outcomes"] > 0, report.judged["of_others"]) == (True, 0)


def test_it_is_not_judged_by_what_the_other_may_have_said_and_is_deleted(logs: Logs) -> None:
    gone_on_for_a_year(logs, [*PUBLISHED, ACCOUNT_ACTIVITY.name])
    report = judged(logs, application=ANEW)
    assert (report.verdict, report.anomalies) == ("UNKNOWN", {})


def test_two_installations_that_work_on_the_same_topics_pass_both() -> None:
    elder = Town()
    elder.produce(history(7, LEADS, NOON))
    elder.come_to_rest()
    logs = elder.logs
    younger = begun_anew(logs)
    more = list(history(8, LEADS, NOON))
    for start in range(0, len(more), 100):
        elder.produce(more[start : start + 100])
        younger.now = elder.now
        younger.work()
        elder.work()
    elder.come_to_rest()
    younger.come_to_rest()
    elder.work()
    assert judged(logs, application=ANEW).anomalies == {}
    assert judged(logs).anomalies == {}
    for topic in set(PUBLISHED) - {CHANGES}:
        for record in reversed(logs.of(topic)):
            if ("ce_source", source_of(ANEW)) in record.headers:
                logs.drop(record)
    assert judged(logs).anomalies == {}, "the other shows behind many outcomes of its own alone"


@pytest.mark.parametrize("told", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "beginning"])
def test_a_time_before_every_log_is_the_beginning(told: str) -> None:
    assert command.make_context("verify", ["--from", told]).params["since_ms"] is None
