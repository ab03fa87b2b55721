"""Each way in which what was published can differ from what the spine leads to has its name."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import msgspec

from tests.unit.ops.verify.judging import judged, names, wheres
from tests.unit.ops.verify.town import Logs
from topics.catalogue import OUTCOMES, name_of
from worker.lane.processor import Record
from worker.stream.partitioner import partition_of

CHANGES = name_of("status-change")
TOPICS = tuple(topic.name for topic in OUTCOMES)


def value_of(record: Record) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(record.value or b"")
    return value


def by_cause(logs: Logs) -> list[list[Record]]:
    """Returns the outcomes of each cause that is an event of a producer."""
    found: defaultdict[tuple[object, ...], list[Record]] = defaultdict(list)
    for topic in TOPICS:
        for record in logs.of(topic):
            cause = value_of(record)["cause"]
            if cause["event_id"] is not None:
                found[record.key, cause["source"], cause["event_id"]].append(record)
    return list(found.values())


def retold(record: Record, **fields: object) -> bytes:
    return json.dumps({**value_of(record), **fields}).encode()


def test_what_honest_workers_write_passes(logs: Logs) -> None:
    report = judged(logs)
    assert (report.verdict, report.anomalies, report.unknown) == ("PASS", {}, [])
    assert report.judged["items"] > 500
    assert report.judged["outcomes"] == sum(len(logs.of(topic)) for topic in TOPICS)
    assert report.judged["deadlines"] > 0
    assert report.judged["dead_letters"] > 0
    assert set(report.under_way.values()) == {0}


def test_an_outcome_that_is_not_there_and_was_the_only_one_is_lost(logs: Logs) -> None:
    alone = next(found for found in by_cause(logs) if len(found) == 1)[0]
    logs.drop(alone)
    assert names(logs) == {"lost"}
    assert value_of(alone)["event_id"] in wheres(logs, "lost")[0]


def test_the_very_last_outcome_is_missed_too(logs: Logs) -> None:
    logs.drop(logs.of(name_of("refusal"))[-1])
    assert names(logs) == {"lost"}


def test_one_of_two_outcomes_of_a_cause_is_torn_from_it(logs: Logs) -> None:
    pair = next(found for found in by_cause(logs) if len(found) == 2)
    logs.drop(pair[1])
    assert names(logs) == {"torn"}


def test_all_outcomes_of_a_cause_are_lost_and_not_torn(logs: Logs) -> None:
    pair = next(found for found in by_cause(logs) if len(found) == 2)
    logs.drop(pair[0])
    logs.drop(pair[1])
    assert names(logs) == {"lost"}


def test_an_outcome_that_is_there_twice_is_a_duplicate(logs: Logs) -> None:
    first = logs.of(CHANGES)[3]
    logs.put(first, first.offset)
    assert names(logs) == {"duplicate-effect"}


def test_an_outcome_that_comes_again_at_the_very_end_is_a_duplicate(logs: Logs) -> None:
    logs.put(logs.of(CHANGES)[0])
    assert names(logs) == {"duplicate-effect"}


def test_an_outcome_with_other_bytes_diverges(logs: Logs) -> None:
    first = logs.of(CHANGES)[3]
    logs.replace(first, value=retold(first, rule="another"))
    assert names(logs) == {"divergent-duplicate"}


def test_an_outcome_that_comes_again_with_other_bytes_diverges(logs: Logs) -> None:
    first = logs.of(CHANGES)[3]
    logs.put(msgspec.structs.replace(first, value=retold(first, rule="another")))
    assert names(logs) == {"divergent-duplicate"}


def test_what_a_deadline_led_to_twice_is_a_double_deadline(logs: Logs) -> None:
    of_deadline = next(
        one for one in logs.of(CHANGES) if value_of(one)["cause"]["type"] == "deadline"
    )
    logs.put(of_deadline, of_deadline.offset)
    assert names(logs) == {"double-deadline"}


def test_outcomes_in_another_order_are_reordered(logs: Logs) -> None:
    first, second = logs.of(CHANGES)[3:5]
    logs.swap(first, second)
    assert names(logs) == {"reordered"}


def test_an_outcome_far_from_its_place_is_reordered(logs: Logs) -> None:
    first = logs.of(CHANGES)[2]
    logs.drop(first)
    logs.put(first)
    assert names(logs) == {"reordered"}


def test_an_outcome_that_nothing_led_to_is_a_phantom(logs: Logs) -> None:
    first = logs.of(CHANGES)[3]
    nobody = next(
        name for name in ("x", "y", "z") if partition_of(name.encode(), 2) == first.partition
    )
    value = retold(first, event_id=f"{nobody}/*/1", lead_id=nobody)
    logs.put(msgspec.structs.replace(first, key=nobody.encode(), value=value), first.offset)
    assert names(logs) == {"phantom"}


def test_an_outcome_that_is_no_json_is_a_phantom(logs: Logs) -> None:
    logs.put(msgspec.structs.replace(logs.of(CHANGES)[0], value=b"{"))
    assert names(logs) == {"phantom"}


def test_an_outcome_on_another_partition_is_lost_there_and_a_phantom_here(logs: Logs) -> None:
    first = logs.of(CHANGES)[3]
    logs.drop(first)
    logs.put(msgspec.structs.replace(first, partition=1 - first.partition))
    assert names(logs) & {"lost", "torn"}
    assert names(logs) >= {"phantom", "misplaced"}


def test_many_that_are_lost_are_counted_and_the_first_of_them_named(logs: Logs) -> None:
    for record in reversed(logs.of(CHANGES)):
        logs.drop(record)
    report = judged(logs)
    assert sum(report.anomalies.values()) > len(report.first) >= 20
