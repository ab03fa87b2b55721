"""Changelogs that lack their end are named; what retention has deleted is beyond telling, and nobody's loss."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

import msgspec
import pytest

from tests.unit.ops.verify.conftest import AN_HOUR_MS, LEADS
from tests.unit.ops.verify.judging import judged, names
from tests.unit.ops.verify.test_cut import ACCOUNTS_CHANGELOG, CHANGELOG
from tests.unit.ops.verify.town import APPLICATION, NOON, PARTITIONS, Logs, Town, form
from topics.catalogue import ACCOUNT_ACTIVITY, DEAD_LETTER, OUTCOMES, SPINE, name_of
from worker.lane.positions import POSITION_KEY
from worker.lane.processor import Record, TopicPartition
from worker.ops.traffic import Produced, history
from worker.ops.verify.course import Course
from worker.ops.verify.known import Known
from worker.ops.verify.report import report_of

LETTERS = DEAD_LETTER.name
VISITS = name_of("web-visit")


def unreadable(number: int) -> Produced:
    return Produced(VISITS, b"k", b"no json %d" % number, (), 0)


@pytest.mark.parametrize("changelog", [CHANGELOG, ACCOUNTS_CHANGELOG])
def test_a_changelog_that_was_emptied_is_named(logs: Logs, changelog: str) -> None:
    logs.records[TopicPartition(changelog, 1)] = []
    assert names(logs) == {"stale-state"}


@pytest.mark.parametrize("changelog", [CHANGELOG, ACCOUNTS_CHANGELOG])
def test_a_changelog_whose_end_is_gone_is_named(logs: Logs, changelog: str) -> None:
    held = logs.records[TopicPartition(changelog, 1)]
    ends = [number for number, record in enumerate(held) if record.key == POSITION_KEY]
    del held[ends[len(ends) // 2] + 1 :]
    assert names(logs) == {"stale-state"}


@pytest.mark.parametrize(
    "topics", [[topic.name for topic in OUTCOMES], [ACCOUNT_ACTIVITY.name], [LETTERS]]
)
def test_a_time_of_which_some_is_deleted_is_unknown(topics: Sequence[str]) -> None:
    town, produced = Town(), list(history(7, LEADS, NOON))
    third = len(produced) // 3
    for at in range(3):
        town.produce(produced[at * third : (at + 1) * third])
        town.come_to_rest()
        town.now += AN_HOUR_MS
    since, edge = NOON + AN_HOUR_MS // 2, NOON + 3 * AN_HOUR_MS // 2
    assert judged(town.logs, since).verdict == "PASS"
    town.logs.expire(topics, edge)
    for kept_since_ms in (None, dict.fromkeys(topics, edge)):
        report = judged(town.logs, since, kept_since_ms)
        assert (report.verdict, report.anomalies) == ("UNKNOWN", {})
    assert judged(town.logs, edge, dict.fromkeys(topics, edge)).verdict == "PASS"


def test_a_letter_may_lie_on_any_partition_for_they_may_have_been_fewer(logs: Logs) -> None:
    first, second = (TopicPartition(LETTERS, number) for number in range(PARTITIONS))
    letters = sorted(logs.of(LETTERS), key=lambda one: one.timestamp_ms)
    logs.records[first], logs.records[second] = [], []
    for one in letters:
        logs.put(msgspec.structs.replace(one, partition=0))  # the only one there was
    assert judged(logs).verdict == "PASS"
    logs.forget(*first, len(letters))
    report = judged(logs)
    assert (report.verdict, report.anomalies) == ("UNKNOWN", {})


class Forgetting(Logs):
    """Logs of which retention deletes letters once the spine is read."""

    forgot_before_ms = 0

    async def read(
        self, place: TopicPartition, start: int, end: int
    ) -> AsyncGenerator[Sequence[Record], None]:
        if place.topic == SPINE.name:
            self.forgot_before_ms = NOON + AN_HOUR_MS // 2
            self.expire([LETTERS], self.forgot_before_ms)
        async for records in super().read(place, start, end):
            yield records


def town_with_letters(apart_ms: int) -> Town:
    town = Town()
    town.produce([form("ana"), form("bob"), unreadable(1)])
    town.come_to_rest()
    town.now += apart_ms
    town.produce([form("eve", town.now), unreadable(2)])
    town.come_to_rest()
    return town


def test_what_retention_deletes_meanwhile_is_not_called_lost() -> None:
    logs = Forgetting(town_with_letters(AN_HOUR_MS).logs.records)
    known = Known(kept_since=lambda _: max(logs.forgot_before_ms, NOON - 1))
    course = Course(logs, APPLICATION, NOON, known)
    asyncio.run(course.run())
    report = report_of(course)
    assert (report.verdict, report.anomalies) == ("UNKNOWN", {})
