"""What one transaction sees and leaves."""

from __future__ import annotations

import pytest

from tests.stream.toys import Count, Counter, Names, Relay
from worker.lane.origins import Origins, origin_records
from worker.lane.positions import position_record, positions_of
from worker.lane.processor import NEVER, Record, TopicPartition, with_due
from worker.lane.stage import LaneStage, StatelessRelay
from worker.lane.table import Table

NAMES = Names("t")


def stage_over(table: Table) -> LaneStage[Count]:
    return LaneStage(Counter(NAMES), 2, table.values, table.origins)


def test_a_state_is_read_as_this_transaction_left_it_else_as_the_last_one_did() -> None:
    table = Table()
    table.apply({b"a": with_due(None, b"3")})
    stage = stage_over(table)
    assert stage.read(b"a") == Count(3)
    assert stage.read(b"b") is None
    stage.write(b"a", Count(4))
    stage.erase(b"b")
    assert stage.read(b"a") == Count(4)
    assert table.values == {b"a": with_due(None, b"3")}
    assert stage.changes() == {b"a": with_due(NEVER, b"4"), b"b": None}


def test_reading_alone_changes_nothing() -> None:
    table = Table()
    table.apply({b"a": with_due(None, b"3")})
    stage = stage_over(table)
    stage.read(b"a")
    assert stage.changes() == {}


def test_records_go_to_the_lanes_own_partition_unless_another_is_named() -> None:
    stage = stage_over(Table())
    stage.send("out", b"k", b"1")
    stage.send("out", b"k", b"2", (("h", b"x"),), partition=0)
    assert stage.outcomes == {
        TopicPartition("out", 2): [(b"k", b"1", ())],
        TopicPartition("out", 0): [(b"k", b"2", (("h", b"x"),))],
    }
    assert stage.outcome_count == 2


def test_an_origin_is_new_once_within_a_transaction_and_after_it() -> None:
    table = Table()
    stage = stage_over(table)
    assert stage.first_time(("in", 0, 5, 0))
    assert stage.first_time(("in", 0, 5, 1))
    assert not stage.first_time(("in", 0, 5, 0))
    assert stage.first_time(("in", 1, 1, 0))
    assert stage.repeats == 1
    table.origins.apply(stage.origins_seen)
    later = stage_over(table)
    assert not later.first_time(("in", 0, 5, 1))
    assert later.first_time(("in", 0, 6, 0))


def test_a_dropped_stage_leaves_no_origin() -> None:
    table = Table()
    stage_over(table).first_time(("in", 0, 5, 0))
    assert stage_over(table).first_time(("in", 0, 5, 0))


def test_a_relay_keeps_no_state() -> None:
    stage: LaneStage[None] = LaneStage(Relay(NAMES), 0, {}, Origins())
    with pytest.raises(StatelessRelay):
        stage.write(b"a", None)


def test_a_table_is_recovered_from_what_a_lane_writes() -> None:
    table = Table()
    written = [
        (b"a", with_due(7, b"1")),
        (b"gone", with_due(None, b"1")),
        (b"gone", None),
        *origin_records({("leads.form/submission", 3): (12, 1)}),
        position_record({TopicPartition("in", 0): 9, TopicPartition("other", 0): 0}),
    ]
    table.recover([Record("changelog", 2, offset, 0, *pair) for offset, pair in enumerate(written)])
    assert table.values == {b"a": with_due(7, b"1")}
    assert table.origins.last(("leads.form/submission", 3)) == (12, 1)
    assert table.positions == {"in": 9, "other": 0}


def test_positions_can_be_read_by_any_tool() -> None:
    assert position_record({TopicPartition("in", 4): 9}) == (b"\x00position", b'{"in":9}')
    assert positions_of(b'{"in":9}') == {"in": 9}
