"""What makes a soak red: what came late, stayed or grew, and too little of what had to happen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.faults.proof.bite import Bite
from tests.faults.proof.campaign import Happened
from tests.faults.proof.soak import Late, Minute, soaked

LEAST = 9 * 54_000
"""Of nine minutes."""
GOOD = {"verdict": "PASS", "anomalies": {}, "first": [], "judged": {"items": LEAST, "outcomes": 4}}
PROMPT = (Counter({5: 99, 90: 1}), Counter({180: 1}))
STEADY = [Minute(0.5, 100)] * 9


def soak_of(
    *,
    seen: Sequence[Minute] = STEADY,
    report: Mapping[str, Any] = GOOD,
    healed: float = 1.0,
    late: Late = PROMPT,
    left: int = 5,
    meanwhile: Mapping[str, Any] = GOOD,
) -> Any:
    bites = [Bite(0, int(number < left)) for number in range(len(seen))]
    happened = Happened(bites=bites, healed_seconds=healed, bitten=Counter(kill=8))
    return soaked(happened, list(seen), meanwhile, dict(report), late)


def test_a_soak_is_shown_in_which_all_happened_and_nothing_was_wrong() -> None:
    report = soak_of()
    assert report.proven
    assert (report.amiss, report.lacking) == ((), ())
    assert report.faults == {"a worker killed at random": (9, 8)}


@pytest.mark.parametrize(
    "more, word",
    [
        ({"healed": 61.0}, "lag was left"),
        (
            {"late": (Counter({5: 98, 21: 2}), Counter({90: 1}))},
            "no death disturbed were 2.1 s late",
        ),
        ({"late": (Counter({5: 99, 90: 1}), Counter({181: 1}))}, "18.1 s late after a death"),
        ({"seen": [*STEADY[:8], Minute(9.0, 100)]}, "caught up before 1 of the last 3"),
        ({"seen": [*STEADY[:6], *[Minute(0.5, 400)] * 3]}, "grown by 300 MB"),
    ],
)
def test_a_soak_is_red_that_healed_late_fell_behind_or_grew(more: Any, word: str) -> None:
    report = soak_of(**more)
    assert not report.proven
    assert word in report.amiss[0]
    assert report.lacking == ()


@pytest.mark.parametrize(
    "more, word",
    [
        ({"report": GOOD | {"judged": {"items": LEAST - 1}}}, f"only {LEAST - 1} items"),
        ({"left": 4}, "only 4 of 9 deaths left anything"),
        ({"late": (Counter(), PROMPT[1])}, "no deadline that no death disturbed"),
        ({"late": (PROMPT[0], Counter())}, "no deadline around a death"),
    ],
)
def test_a_soak_that_shows_too_little_is_red(more: Any, word: str) -> None:
    report = soak_of(**more)
    assert not report.proven
    assert report.amiss == ()
    (lacking,) = report.lacking
    assert word in lacking


def test_a_soak_is_red_if_the_judge_says_anything_but_pass() -> None:
    assert not soak_of(report=GOOD | {"verdict": "UNKNOWN"}).proven
    fail = GOOD | {"verdict": "FAIL", "anomalies": {"lost": 1}}
    assert not soak_of(report=fail).proven
    assert not soak_of(meanwhile=GOOD | {"verdict": "UNKNOWN"}).proven
    meanwhile = soak_of(meanwhile=fail)
    assert (meanwhile.proven, meanwhile.verdict, meanwhile.anomalies) == (
        False,
        "FAIL",
        {"lost": 1},
    )


def test_a_soak_is_red_if_much_was_left_that_nobody_could_judge() -> None:
    report = soak_of(report=GOOD | {"under_way": {"inputs": LEAST}})
    assert not report.proven
    assert "were under way" in report.amiss[0]
