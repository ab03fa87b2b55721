"""Lifecycle on a lane: decisions, repeats, records."""

from __future__ import annotations

import orjson
import pytest
from msgspec.structs import replace

from schemas import account_log, spine
from schemas.account_log import MemberJoined
from schemas.spine import AccountAnswered, CameFrom
from tests.unit.stream.bench import LANE, NOON, Bench, form, versions
from worker.lane.errors import ChangelogDamaged, WrittenByNewer
from worker.lane.processor import TopicPartition, due_of
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.record import Lead
from worker.stream.lifecycle import POLICY_KEY
from worker.stream.partitioner import partition_of


def test_an_outcome_goes_to_the_lanes_partition_as_a_cloud_event(policy: Policy) -> None:
    (place, batch), *_ = Bench(policy).fold(form(1)).outcomes.items()
    assert place == TopicPartition("leads.status-change.v1", LANE)
    (key, value, headers), *_ = batch
    told = orjson.loads(value or b"")
    assert key == b"lead-1"
    assert dict(headers)["ce_id"] == told["event_id"].encode() == b"lead-1/*/1"
    assert dict(headers)["ce_source"] == b"/lead-router/test"


def test_a_repeat_of_intake_leaves_no_trace(policy: Policy) -> None:
    bench = Bench(policy)
    bench.fold(form(1))
    table = dict(bench.table)
    again = bench.fold(form(1))
    assert (again.outcomes, bench.table) == ({}, table)
    assert bench.tally.heard == ["applied"]


def test_a_lead_is_kept_as_it_was_decided(policy: Policy) -> None:
    bench = Bench(policy)
    bench.fold(form(1))
    lead = bench.stage().read(b"lead-1")
    assert isinstance(lead, Lead)
    assert lead.lifecycles["*"].status == "inquiry"
    assert bench.lifecycle.encode(lead) == bench.table[b"lead-1"]


def test_who_joins_an_account_is_told_to_the_partition_of_the_account(policy: Policy) -> None:
    bench = Bench(policy)
    stage = bench.fold(replace(form(1), profile={"account_id": "acme"}))
    ((place, batch),) = stage.outcomes.items()
    assert place == TopicPartition("leads.account-log.v1", partition_of(b"acme", 5))
    ((key, value, _),) = batch
    assert (key, account_log.decode(value or b"")) == (b"acme", MemberJoined("acme", "lead-1"))
    assert bench.tally.heard == ["waiting"]


def test_the_wait_for_an_account_ends_by_a_deadline_ten_minutes_after_it_came(
    policy: Policy,
) -> None:
    bench = Bench(policy)
    bench.fold(replace(form(1), profile={"account_id": "acme"}), arrived_at=NOON)
    assert due_of(bench.table[b"lead-1"]) == NOON + 600_000
    stage = bench.fold(spine.decode(bench.lifecycle.deadline(NOON + 600_000)))
    assert versions(stage) == [policy.version]
    assert bench.tally.heard == ["waiting", "applied", "applied"]


def test_a_repeat_of_an_answer_leaves_no_trace(policy: Policy) -> None:
    bench = Bench(policy)
    answer = AccountAnswered("acme", came_from=CameFrom("leads.account-activity.v1", 0, 7, 0))
    bench.fold(replace(form(1), profile={"account_id": "acme"}), answer, answer)
    assert bench.tally.heard == ["waiting", "applied", "applied"]


def damaged(value: bytes) -> list[bytes]:
    """Returns beginnings of a record, one that goes on otherwise, and one that spells a name in no text."""
    spelt = value.replace(b"inside-sales", b"inside\xffsales")
    return [b"", value[:8], value[:9], value[:-1], value[:9] + b"\xc1", *{spelt} - {value}]


@pytest.mark.parametrize("which", [b"lead-1", POLICY_KEY], ids=["lead", "policy"])
def test_a_record_that_nobody_wrote_is_refused_by_name(policy: Policy, which: bytes) -> None:
    bench = Bench(policy)
    bench.fold(form(1))
    for value in damaged(bench.table[which]):
        with pytest.raises(ChangelogDamaged, match=f"a record of {len(value)} bytes is neither"):
            bench.lifecycle.decode(value)


def test_a_lead_of_a_newer_format_is_refused_by_name(policy: Policy) -> None:
    bench = Bench(policy)
    bench.fold(form(1))
    value = bench.table[b"lead-1"]
    with pytest.raises(WrittenByNewer, match="a lead record of format 99, this worker reads up to"):
        bench.lifecycle.decode(value[:8] + bytes((99,)) + value[9:])
