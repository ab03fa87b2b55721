"""What makes a storm red: good ones that are lost, bad ones without a dead letter, and good ones that wait too long."""

from __future__ import annotations

import pytest

from benchmarks.storm import COMPARED, LATENCIES, comparison, complete, slower
from tests.faults.nightly import STORMS

RECORDS, GOOD, BAD = 100, 10.0, 90.0
RATIOS = {comparison(*one): 2.0 for one in COMPARED}


def run(outcomes: float = GOOD, dead_letters: float = BAD) -> list[dict[str, float]]:
    return [{"outcomes": outcomes, "dead_letters": dead_letters}]


def test_a_storm_in_which_all_came_is_complete() -> None:
    assert complete(RECORDS, alone=run(), storm=run())
    assert not complete(RECORDS, alone=run(), storm=run(outcomes=GOOD - 1))
    assert not complete(RECORDS, alone=run(), storm=run(dead_letters=BAD - 1))
    assert not complete(RECORDS, alone=run(0), storm=run(0))


def test_the_good_may_take_so_many_times_as_long_and_no_longer() -> None:
    assert list(slower(RATIOS, 2.0)) == []


@pytest.mark.parametrize("late", [comparison(*one) for one in LATENCIES])
def test_good_ones_that_take_longer_are_named(late: str) -> None:
    assert list(slower(RATIOS | {late: 2.01}, 2.0)) == [f"{late}: 2.01 x"]


def test_a_night_holds_the_storm_to_what_is_aimed_at() -> None:
    assert len(STORMS) == 2
    assert {float(storm[storm.index("--most") + 1]) for storm in STORMS} == {2.0}
