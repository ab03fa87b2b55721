"""The index of deadlines never misses one and never tells one twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from worker.lane.deadlines import HOUR_MS, SPARE_ENTRIES, Deadlines, Due
from worker.lane.processor import NEVER, due_of, with_due
from worker.lane.table import Table

HOURS = 24 * 400


def table_of(**dues: int | None) -> Table:
    table = Table()
    table.apply({key.encode(): with_due(due, b"state") for key, due in dues.items()})
    return table


def set_due(table: Table, key: bytes, due: int | None) -> None:
    table.apply({key: with_due(due, b"state")})


def test_an_index_is_built_of_values_that_no_lane_has_written_too() -> None:
    table = table_of(a=20)
    table.values |= {b"nothing": b"", b"short": b"x", b"b": with_due(10, b"")}
    table.deadlines.build()
    assert {Due(10, b"b"), Due(20, b"a")} <= set(table.deadlines.release(2**63 - 2, 10))


def test_what_is_due_is_released_once_and_in_order() -> None:
    deadlines = table_of(a=20, b=10, c=30, d=None).deadlines
    assert not deadlines.any_due(9)
    assert deadlines.any_due(10)
    assert deadlines.release(25, 10) == [Due(10, b"b"), Due(20, b"a")]
    assert deadlines.release(25, 10) == []
    assert deadlines.release(30, 10) == [Due(30, b"c")]


def test_a_due_time_that_moved_on_is_not_released_early() -> None:
    table = table_of(a=10)
    set_due(table, b"a", 5 * HOUR_MS)
    assert not table.deadlines.any_due(4 * HOUR_MS)
    assert table.deadlines.release(5 * HOUR_MS, 10) == [Due(5 * HOUR_MS, b"a")]


def test_a_due_time_taken_back_is_not_released() -> None:
    table = table_of(a=10, b=11)
    set_due(table, b"a", None)
    table.apply({b"b": None})
    assert table.deadlines.release(99, 10) == []


def test_a_state_written_again_with_the_same_due_time_is_not_released_again() -> None:
    table = table_of(a=10)
    assert table.deadlines.release(10, 10) == [Due(10, b"a")]
    set_due(table, b"a", 10)
    assert not table.deadlines.any_due(10)


def test_a_deadline_that_follows_a_released_one_is_released_too() -> None:
    table = table_of(a=10)
    table.deadlines.release(10, 10)
    set_due(table, b"a", 20)
    assert table.deadlines.release(20, 10) == [Due(20, b"a")]


def test_what_could_not_be_written_is_released_again() -> None:
    deadlines = table_of(a=10).deadlines
    deadlines.put_back(deadlines.release(10, 10))
    assert deadlines.release(10, 10) == [Due(10, b"a")]


def test_no_more_are_released_than_asked_for() -> None:
    deadlines = table_of(a=1, b=2, c=3).deadlines
    assert len(deadlines.release(9, 2)) == 2
    assert len(deadlines.release(9, 2)) == 1


def test_the_index_is_built_from_values_alone() -> None:
    values = {b"a": with_due(7, b"x"), b"b": with_due(None, b"y")}
    deadlines = Deadlines(values)
    deadlines.build()
    assert deadlines.release(7, 10) == [Due(7, b"a")]


def test_due_times_that_go_to_and_fro_do_not_grow_the_index_without_limit() -> None:
    table = table_of(a=100 * HOUR_MS)
    for number in range(2 * SPARE_ENTRIES):
        set_due(table, b"a", (50 + number % 2) * HOUR_MS)
    assert table.deadlines._entries <= SPARE_ENTRIES + 3
    assert table.deadlines.release(51 * HOUR_MS, 10) == [Due(51 * HOUR_MS, b"a")]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([b"a", b"b", b"c"]),
            st.one_of(st.none(), st.integers(0, HOURS * HOUR_MS)),
            st.integers(0, 30 * HOUR_MS),
        ),
        max_size=60,
    )
)
def test_any_life_releases_exactly_what_is_due(
    life: list[tuple[bytes, int | None, int]],
) -> None:
    table, now = Table(), 0
    told: dict[bytes, int] = {}
    for key, due, passes in life:
        before = table.values.get(key)
        set_due(table, key, due)
        if before is not None and due_of(before) != due_of(table.values[key]):
            told.pop(key, None)
        now += passes
        released = table.deadlines.release(now, 99)
        wanted = {
            one
            for one, value in table.values.items()
            if due_of(value) <= now and told.get(one) != due_of(value)
        }
        assert {due.key for due in released} == wanted
        assert all(due.due_ms == due_of(table.values[due.key]) for due in released)
        told.update({due.key: due.due_ms for due in released})
    assert NEVER not in told.values()
