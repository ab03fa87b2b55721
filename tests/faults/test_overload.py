"""What makes an overload red: figures beyond what is stated, situations that did not bite, what the judge says."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.faults import ledger
from tests.faults.overload.gauge import LOOK_SECONDS, Look, failures, watched
from tests.faults.overload.hot_lead import Heat, beside
from tests.faults.overload.latencies import LEAST_SEEN, Leg, hottest, noted, took, waited
from tests.faults.overload.sums import Found, overloaded, quantile, situation
from tests.faults.overload_run import SITUATIONS, told
from tests.faults.proof.bite import Bite
from tests.faults.proof.campaign import Happened
from worker.stream.connection import BrokerTrouble

GOOD = {
    "verdict": "PASS",
    "anomalies": {},
    "first": [],
    "unknown": [],
    "judged": {"items": 9, "outcomes": 4, "largest_record": 700},
}
HERE, THERE = ("intake", 0), ("lifecycle", 1)


def gone_through(
    found: Found | None = None, undone: int = 3, report: dict[str, Any] | None = None
) -> Any:
    happened = Happened(bites=[Bite(0, undone)])
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


def test_a_situation_is_red_if_much_was_left_that_nobody_could_judge() -> None:
    one = gone_through(report=GOOD | {"under_way": {"inputs": 1}})
    assert not one.proven
    assert one.amiss == ("1 inputs were under way after everything had healed, 9 items judged",)


def test_a_run_sums_its_situations_and_is_red_with_one_of_them() -> None:
    judged = {"items": 9, "outcomes": 4, "largest_record": 900}
    wrong = {"verdict": "FAIL", "anomalies": {"lost": 2}, "judged": judged}
    red = gone_through(report=GOOD | wrong)
    report = overloaded([gone_through(), red])
    assert not report.proven
    assert report.verdict == "FAIL"
    assert report.anomalies == {"lost": 2}
    assert report.deaths == 2
    assert report.judged == {"items": 18, "outcomes": 8, "largest_record": 900}
    assert ledger.run_of("overload", "c0ffee", 1, 60.0, report).anomalies == 2
    assert overloaded([gone_through()]).proven
    assert not overloaded([]).proven
    assert [*told(report)][-1] == "NOT PROVEN: FAIL"


def test_every_situation_has_traffic() -> None:
    assert all(one.traffic.live for one in SITUATIONS.values())


@pytest.mark.parametrize("share, value", [(0.0, 1), (0.5, 51), (0.99, 100), (1.0, 100)])
def test_a_quantile_is_one_of_the_values(share: float, value: int) -> None:
    assert quantile(range(100, 0, -1), share) == value
    assert quantile([], share) == 0


def test_latency_is_of_what_came_to_lanes_of_the_processor_in_the_time() -> None:
    seen = [
        Leg(THERE, 1_000, 1_500),
        Leg(THERE, 9_000, 9_900),
        Leg(("lifecycle", 2), 1_000, 4_000),
        Leg(HERE, 1_000, 5_000),
    ]
    assert took(seen, "lifecycle", (0, 5_000), {HERE, THERE}) == [0.5]
    assert took(seen, "lifecycle", (1_000, 9_001), {HERE, THERE}) == [0.5, 0.9]
    assert took(seen, "lifecycle", (1_001, 9_000), {HERE, THERE}) == []
    assert took(seen, "intake", (0, 5_000), {HERE, THERE}) == [4.0]


def test_an_event_waited_if_an_account_answered_while_the_lane_had_it() -> None:
    leg = Leg(THERE, 1_000, 4_000)
    assert waited(leg, [900, 4_000])
    assert not waited(leg, [999, 4_001])
    assert not waited(leg, [])


def test_a_latency_of_too_few_events_shows_nothing() -> None:
    found = Found()
    assert noted(found, "here", [0.2] * LEAST_SEEN, 0.2) == 0.2
    assert (found.amiss, found.lacking) == ([], [])
    noted(found, "there", [0.3] * LEAST_SEEN, 0.2)
    assert found.amiss == ["seconds, p99, there: 0.30, 0.20 at most"]
    noted(found, "nowhere", [])
    assert found.lacking == ["events, nowhere: 0.00, 100.00 at least"]


@pytest.mark.parametrize(
    "passed, slow, lacking, amiss",
    [
        ({0, 1, 2}, set(), "", ""),
        ({1, 2}, set(), "events, intake, before", ""),
        ({0, 2}, set(), "events, intake, on other partitions", ""),
        ({0, 1}, set(), "events, intake, kept", ""),
        ({0, 1, 2}, {1}, "", "on other partitions"),
        ({0, 1, 2}, {2}, "", "kept after the death"),
    ],
)
def test_a_hot_lead_is_red_if_others_were_slower_or_too_few_to_say(
    passed: set[int], slow: set[int], lacking: str, amiss: str
) -> None:
    at_ms = (1_000, 2_000, 3_000)
    heat = Heat(*at_ms, 4_000, others={HERE}, kept={HERE})
    seen = [
        Leg(HERE, at_ms[when], at_ms[when] + (611 if when in slow else 100))
        for when in passed
        for _ in range(LEAST_SEEN)
    ]
    found = Found()
    beside(found, heat, "intake", seen)
    assert [lacking in one for one in found.lacking] == [True] * bool(lacking)
    assert [amiss in one for one in found.amiss] == [True] * bool(amiss)


def test_the_hottest_lead_is_told_with_its_share() -> None:
    assert hottest({"a": 1, "b": 3}) == ("b", 0.75)


def test_a_lane_that_failed_is_counted_once_and_from_then_on(tmp_path: Path) -> None:
    failed = '{"event": "lane failed", "timestamp": "1970-01-01T00:00:0%d.250000Z"}\n'
    (tmp_path / "dead.log").write_text(failed % 1 + failed % 2 + "Traceback\n")
    (tmp_path / "alive.log").write_text('{"event": "lane", "state": "ready"}\n' + failed % 3)
    assert [failures(tmp_path, since_ms) for since_ms in (0, 1_250, 1_251, 3_251)] == [3, 3, 2, 0]


def test_whatever_ends_the_looking_is_raised_and_a_busy_broker_asked_again() -> None:
    asked = iter([BrokerTrouble("busy"), ValueError("no such file")])

    async def looking() -> Look:
        raise next(asked)

    async def course() -> None:
        async with watched(looking) as looks:
            await asyncio.sleep(1.5 * LOOK_SECONDS)
        assert looks == []

    with pytest.raises(ValueError, match="no such file"):
        asyncio.run(course())
    assert list(asked) == []
