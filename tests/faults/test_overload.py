"""What makes an overload red: figures beyond what is stated, situations that did not bite, what the judge says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.faults import ledger
from tests.faults.overload.gauge import is_failure
from tests.faults.overload.latencies import Passage, hottest, slow
from tests.faults.overload.sums import (
    Found,
    allowed_seconds,
    overloaded,
    quantile,
    situation,
)
from tests.faults.overload_run import SITUATIONS, told
from tests.faults.proof.bite import Bite

GOOD = {
    "verdict": "PASS",
    "anomalies": {},
    "first": [],
    "unknown": [],
    "judged": {"items": 9, "outcomes": 4},
}


def gone_through(
    found: Found | None = None, undone: int = 3, report: dict[str, Any] | None = None
) -> Any:
    happened: Any = SimpleNamespace(bites=[Bite(0, undone)])
    return situation("quota", found or Found(), happened, report or GOOD)


def test_a_situation_is_shown_if_nothing_is_wrong_and_a_death_left_work() -> None:
    assert gone_through().proven
    assert not gone_through(undone=0).proven
    assert not gone_through(report=GOOD | {"verdict": "UNKNOWN"}).proven


def test_a_figure_beyond_what_is_stated_is_amiss() -> None:
    found = Found()
    found.expect("seconds", 2.0, most=2.0)
    assert gone_through(found).proven
    found.expect("MB", 401, most=400)
    one = gone_through(found)
    assert not one.proven
    assert one.amiss == ("MB: 401.00, 400.00 at most",)
    assert one.figures == {"seconds": 2.0, "MB": 401}


def test_a_situation_that_did_not_bite_shows_nothing() -> None:
    found = Found()
    found.need("messages behind", 1_000, least=1_000)
    assert gone_through(found).proven
    found.need("times what is usual", 9.9, least=10)
    assert gone_through(found).lacking == ("times what is usual: 9.90, 10.00 at least",)


def test_a_run_sums_its_situations_and_is_red_with_one_of_them() -> None:
    red = gone_through(report=GOOD | {"verdict": "FAIL", "anomalies": {"lost": 2}})
    report = overloaded([gone_through(), red])
    assert not report.proven
    assert report.verdict == "FAIL"
    assert report.anomalies == {"lost": 2}
    assert report.deaths == 2
    assert report.judged == {"items": 18, "outcomes": 8}
    assert ledger.run_of("overload", "c0ffee", 1, 60.0, report).anomalies == 2
    assert overloaded([gone_through()]).proven
    assert not overloaded([]).proven
    assert [*told(report)][-1] == "NOT PROVEN: FAIL"


def test_every_situation_has_traffic() -> None:
    assert all(one.traffic.per_second for one in SITUATIONS.values())


def test_a_backlog_may_take_what_is_promised_or_what_it_takes() -> None:
    assert allowed_seconds(1_000, 500.0) == 60.0
    assert allowed_seconds(60_000, 500.0) == 180.0
    assert allowed_seconds(10, 0.0) == 60.0


@pytest.mark.parametrize("share, value", [(0.0, 1), (0.5, 51), (0.99, 100), (1.0, 100)])
def test_a_quantile_is_one_of_the_values(share: float, value: int) -> None:
    assert quantile(range(100, 0, -1), share) == value
    assert quantile([], share) == 0


def test_latency_is_of_those_who_passed_the_lanes_alone_in_the_time() -> None:
    here, there = ("intake", 0), ("lifecycle", 1)
    seen = [
        Passage("a", (here, there), 1_000, 1_500),
        Passage("b", (here, there), 9_000, 9_900),
        Passage("c", (here, ("lifecycle", 2)), 1_000, 4_000),
    ]
    assert slow(seen, 0, 5_000, {here, there}) == 0.5
    assert slow(seen, 0, 10_000, {here, there}) == 0.9
    assert slow(seen, 0, 5_000, {there}) == 0


def test_the_hottest_lead_is_told_with_its_share() -> None:
    assert hottest({"a": 1, "b": 3}) == ("b", 0.75)


def test_a_lane_that_failed_is_counted_by_its_line() -> None:
    assert is_failure(b'{"partition": 1, "event": "lane failed", "level": "warning"}')
    assert not is_failure(b'{"partition": 1, "event": "lane", "state": "ready"}')
