"""What is said of silent lanes: too long a silence, an uneven spread, and what was not shown at all."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.faults.proof.bite import Bite
from tests.faults.proof.campaign import Happened
from tests.faults.silence import Seen, longest_gap, longest_wait, named_seconds, rebalanced

QUIET = {"intake": 0.1, "lifecycle": 0.2}
NOTHING = Seen("nothing happens", 0.0, QUIET, {}, [2, 2])
JOINED = Seen("one joins", 3.0, QUIET, {"intake": 2.9, "lifecycle": 3.0}, [1, 1, 2])
PASS: dict[str, Any] = {"verdict": "PASS", "anomalies": {}, "judged": {"items": 1000}}


def test_what_stays_within_the_limits_and_was_seen_is_proven() -> None:
    happened = Happened(bites=[Bite(0, 4), Bite(0, 0)])
    came = rebalanced(happened, [NOTHING, JOINED], 4, PASS)
    assert came.proven
    assert (came.deaths, came.deaths_with_work_left) == (2, 1)
    assert came.faults["rebalance: one joins"] == (1, 1)


@pytest.mark.parametrize(
    "seen, said",
    [
        (JOINED._replace(kept={**QUIET, "intake": 0.51}), "kept lanes of intake"),
        (JOINED._replace(moved={**QUIET, "lifecycle": 3.01}), "moved lanes of lifecycle"),
        (JOINED._replace(shares=[1, 3]), "leads are spread [1, 3]"),
        (JOINED._replace(shares=[1, 1, 1]), "leads are spread [1, 1, 1]"),
    ],
)
def test_silence_and_an_uneven_spread_are_amiss(seen: Seen, said: str) -> None:
    came = rebalanced(Happened(), [NOTHING, seen], 4, PASS)
    assert not came.proven
    assert [said in one for one in came.amiss] == [True]


@pytest.mark.parametrize("lacks", ["kept", "moved"])
@pytest.mark.parametrize("processor", ["intake", "lifecycle"])
def test_a_disturbance_that_moved_or_kept_no_lane_shows_nothing(lacks: str, processor: str) -> None:
    others = {name: 0.1 for name in QUIET if name != processor}
    seen = JOINED._replace(kept=others) if lacks == "kept" else JOINED._replace(moved=others)
    came = rebalanced(Happened(), [NOTHING, seen], 4, PASS)
    assert not came.proven
    assert came.lacking == (f"one joins: no lane of {processor} was {lacks}",)
    assert came.faults["rebalance: one joins"] == (1, 0)


@pytest.mark.parametrize(
    "happened, report, said",
    [
        (Happened(healed_seconds=math.inf), {}, "lag was left"),
        (Happened(ended=["north-2.log: exit status 1"]), {}, "ended by itself: north-2.log"),
        (Happened(), {"under_way": {"messages": 900}}, "900 messages were under way"),
        (Happened(), {"first_overtaken": ["lead-7"]}, "overtaken: lead-7"),
    ],
)
def test_what_is_left_undone_is_amiss(happened: Happened, report: Any, said: str) -> None:
    came = rebalanced(happened, [NOTHING, JOINED], 4, {**PASS, **report})
    assert not came.proven
    assert [said in one for one in came.amiss] == [True]


def test_traffic_too_thin_to_tell_shows_nothing() -> None:
    thin = NOTHING._replace(kept={**QUIET, "intake": 0.6})
    came = rebalanced(Happened(), [thin, JOINED], 4, PASS)
    assert (came.proven, came.amiss) == (False, ())
    assert came.lacking == ("intake: silent for 0.60 s when nothing happens",)


@pytest.mark.parametrize(
    "processes, cores, seconds", [(1, 2, 3.0), (3, 4, 3.0), (3, 3, 3.0), (3, 2, 4.0), (3, 1, 5.0)]
)
def test_who_waits_for_a_core_may_take_a_second_more(
    processes: int, cores: int, seconds: float
) -> None:
    assert named_seconds(processes, cores) == seconds


def test_a_lane_of_which_nothing_is_was_silent_all_the_time() -> None:
    assert longest_gap([], 1_000, 31_000) == 30.0
    assert longest_gap([9_000, 2_000, 8_000], 1_000, 10_000) == 6.0


def test_what_waits_is_counted_and_having_nothing_to_do_is_not() -> None:
    came = [(1_000, 5), (1_100, 6), (9_000, 8)]
    assert longest_wait(came, [(900, 5), (1_300, 7), (9_200, 9)], 10_000) == 0.3
    assert longest_wait(came, [(1_300, 7)], 10_000) == 1.0
    assert longest_wait(came, [], 10_000) == 9.0
    assert longest_wait([], [], 10_000) == 0.0


def test_of_many_lanes_the_spread_alone_is_judged() -> None:
    slow = JOINED._replace(moved={"intake": 9.0, "lifecycle": 9.0}, shares=[21, 21, 22])
    even = NOTHING._replace(shares=[32, 32])
    assert rebalanced(Happened(), [even, slow], 64, PASS).proven
    uneven = slow._replace(shares=[20, 22, 22])
    assert len(rebalanced(Happened(), [even, uneven], 64, PASS).amiss) == 1
