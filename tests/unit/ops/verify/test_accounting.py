"""Every item of the inputs is accounted for by its origin, and what is not has a name."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from schemas import spine
from schemas.spine import CameFrom
from tests.unit.ops.verify.judging import judged, names, wheres
from tests.unit.ops.verify.town import Logs
from topics.catalogue import DEAD_LETTER, SPINE, name_of
from worker.lane.processor import Record, TopicPartition
from worker.ops.verify.decoder.fate import OPEN, Fate
from worker.ops.verify.findings import Findings
from worker.ops.verify.ledger import BURIED, Ledger

FORMS = name_of("form-submission")


def relayed(logs: Logs, topic: str = FORMS) -> list[Record]:
    """Returns what the spine holds of an input topic."""
    return [record for record in logs.of(SPINE.name) if origin_of(record).topic == topic]


def origin_of(record: Record) -> CameFrom:
    message: Any = spine.decode(record.value or b"")
    return getattr(message, "came_from", None) or CameFrom("", 0, 0, 0)


def with_origin(record: Record, origin: CameFrom) -> Record:
    message: Any = spine.decode(record.value or b"")
    value = spine.encode(msgspec.structs.replace(message, came_from=origin))
    return msgspec.structs.replace(record, value=value)


def test_an_item_that_is_nowhere_is_lost(logs: Logs) -> None:
    dropped = relayed(logs)[5]
    origin = origin_of(dropped)
    logs.drop(dropped)
    told = f"{origin.topic}/{origin.partition} offset {origin.offset} item {origin.item}"
    assert any(where.startswith(told) for where in wheres(logs, "lost"))


def test_a_dead_letter_that_is_not_there_is_a_lost_item(logs: Logs) -> None:
    logs.drop(logs.of(DEAD_LETTER.name)[0])
    assert names(logs) == {"lost"}


def test_a_dead_letter_may_be_written_again(logs: Logs) -> None:
    logs.put(logs.of(DEAD_LETTER.name)[0])
    assert names(logs) == set()


def test_an_item_that_was_relayed_and_is_a_dead_letter_is_unaccounted(logs: Logs) -> None:
    origin = origin_of(relayed(logs)[0])
    headers = (
        ("__connect.errors.topic", origin.topic.encode()),
        ("__connect.errors.partition", str(origin.partition).encode()),
        ("__connect.errors.offset", str(origin.offset).encode()),
        ("lead-router-item", b"0"),
        ("lead-router-error-code", b"schema.invalid"),
    )
    logs.put(Record(DEAD_LETTER.name, 0, 0, 0, None, b"", headers))
    assert names(logs) == {"unaccounted"}


def test_a_dead_letter_of_nowhere_is_a_phantom(logs: Logs) -> None:
    logs.put(Record(DEAD_LETTER.name, 0, 0, 0, None, b"not one of ours"))
    assert names(logs) == {"phantom"}


def test_what_cannot_be_read_and_was_relayed_is_unaccounted(logs: Logs) -> None:
    origin = origin_of(relayed(logs)[0])
    original = logs.records[TopicPartition(origin.topic, origin.partition)][origin.offset]
    logs.replace(original, value=b"no object")
    assert names(logs) == {"unaccounted"}


def test_a_message_from_beyond_the_end_of_an_input_is_a_phantom(logs: Logs) -> None:
    last = relayed(logs)[-1]
    origin = msgspec.structs.replace(origin_of(last), offset=99_999)
    logs.put(with_origin(last, origin))
    assert any("beyond its end" in where for where in wheres(logs, "phantom"))


@pytest.mark.parametrize("added, found", [(True, {}), (False, {"phantom": 1})])
def test_a_message_from_a_partition_that_was_added_meanwhile_is_none(
    added: bool, found: dict[str, int]
) -> None:
    findings = Findings()
    ledger = Ledger(findings)
    ledger.open(TopicPartition(FORMS, 0), 0, 0)
    assert not ledger.relayed(CameFrom(FORMS, 1, 3, 0), SPINE.name, lambda: 0)
    ledger.close(
        {TopicPartition(FORMS, 0): 0, **({TopicPartition(FORMS, 1): 4} if added else {})}, [True]
    )
    assert findings.counts == found


def test_an_item_that_its_record_does_not_have_is_a_phantom(logs: Logs) -> None:
    last = relayed(logs)[-1]
    logs.put(with_origin(last, msgspec.structs.replace(origin_of(last), item=7)))
    assert any("item 7 does not exist" in where for where in wheres(logs, "phantom"))


def test_an_item_that_is_relayed_again_is_a_repeat_and_no_anomaly(logs: Logs) -> None:
    logs.put(relayed(logs)[0])
    report = judged(logs)
    assert (report.verdict, report.judged["repeats"]) == ("PASS", 1)


def test_an_item_on_two_partitions_is_a_duplicate(logs: Logs) -> None:
    first = relayed(logs)[0]
    logs.put(msgspec.structs.replace(first, partition=1 - first.partition))
    assert "on two partitions" in wheres(logs, "duplicate-effect")[0]


def test_a_message_behind_a_later_one_of_its_input_is_lost(logs: Logs) -> None:
    found = [one for one in relayed(logs) if one.partition == 0 and origin_of(one).partition == 0]
    first, second = found[3:5]
    assert first.key != second.key
    logs.swap(first, second)
    assert any("dropped as a repeat" in where for where in wheres(logs, "lost"))


def test_an_item_on_the_wrong_log_is_unaccounted() -> None:
    findings = Findings()
    ledger = Ledger(findings)
    place = TopicPartition(name_of("account-update"), 0)
    ledger.open(place, 0, 1).hold(0, [OPEN])
    ledger.relayed(CameFrom(*place, 0, 0), SPINE.name, lambda: 0)
    assert findings.counts["unaccounted"] == 1


def test_a_position_beyond_the_end_of_an_input_is_unaccounted(logs: Logs) -> None:
    emptied = TopicPartition(FORMS, 0)
    logs.records[emptied] = logs.records[emptied][:3]
    assert any("and it ends at 3" in where for where in wheres(logs, "unaccounted"))


def test_offsets_with_holes_and_arrays_are_told_apart() -> None:
    findings = Findings()
    ledger = Ledger(findings)
    place = TopicPartition(name_of("raw.sendgrid"), 3)
    items = ledger.open(place, 10, 20)
    for offset, count in ((10, 1), (11, 3), (14, 2), (15, 0), (16, 1)):
        items.hold(offset, [OPEN] * count)
    there = [(10, 0), (11, 0), (11, 1), (11, 2), (14, 0), (14, 1), (16, 0)]
    found = [items.find(*one) for one in there]
    assert found == list(range(7))
    assert [items.origin(index) for index in range(7)] == there
    absent = [(9, 0), (10, 1), (11, 3), (12, 0), (13, 0), (14, 2), (15, 0), (17, 0)]
    assert [items.find(*one) for one in absent] == [None] * len(absent)


def test_one_dead_letter_of_an_array_leaves_its_other_items_lost() -> None:
    origin = CameFrom(name_of("raw.sendgrid"), 0, 0, 0)
    findings = Findings()
    ledger = Ledger(findings)
    ledger.open(TopicPartition(origin.topic, 0), 0, 2).hold(0, [OPEN] * 3)
    assert ledger.buried(origin) == Fate(OPEN.mark | BURIED)
    ledger.close({TopicPartition(origin.topic, 0): 1}, [True])
    assert findings.counts == {"lost": 2}
