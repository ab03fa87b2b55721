"""What is said of all runs follows from the ledger; and a soak that went wrong is red."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.faults import ledger
from tests.faults.proof.soak import Minute, soaked

RUN = ledger.Run("proof", "2026-11-26", "c0ffee", 1, 1800, 30, 1000, 300, 0, "PASS", True, 28)
GOOD = {"verdict": "PASS", "anomalies": {}, "first": [], "judged": {"items": 9, "outcomes": 4}}
PROMPT = (Counter({5: 99, 90: 1}), Counter({180: 1}))
STEADY = [Minute(0.5, 100)] * 9


def soak_of(
    seen: Sequence[Minute] = STEADY,
    report: Mapping[str, Any] = GOOD,
    healed: float = 1.0,
    late: tuple[Counter[int], Counter[int]] = PROMPT,
) -> Any:
    happened: Any = SimpleNamespace(bites=[], healed_seconds=healed, bitten=Counter(kill=8))
    return soaked(happened, list(seen), dict(report), late)


def test_runs_are_summed_by_their_kind_and_bound_the_rate_of_failures() -> None:
    runs = [RUN, replace(RUN, seed=2, shown=False), replace(RUN, what="soak", deaths=60)]
    lines = ledger.table(runs).splitlines()
    assert lines[2] == "| 2 of `proof` | 1 | 1.0 | 60 | 2,000 | 600 | 0 |"
    assert lines[3] == "| 1 of `soak` | 1 | 0.5 | 60 | 1,000 | 300 | 0 |"
    assert "3/56" in lines[5]


def test_what_was_done_is_summed_over_all_runs_beside_how_often_it_bit() -> None:
    noted = [replace(RUN, faults={"killed": (30, 28)}), replace(RUN, faults={"killed": (5, 5)})]
    assert ledger.table([RUN, *noted]).endswith("| killed | 35 | 33 |\n")


def test_an_anomaly_leaves_what_came_after_it() -> None:
    runs = [RUN, replace(RUN, anomalies=2, commit="badbad"), replace(RUN, deaths_with_work_left=7)]
    last = ledger.table(runs).splitlines()[4]
    assert "at badbad. Since then: no failure in 7 deaths that left something to do" in last
    assert "3/7" in last
    assert "Since then: nobody died with work left.\n" in ledger.table(runs[:2])
    soaked_before = [replace(RUN, what="soak", deaths=60), runs[1]]
    assert "Since then: nobody died with work left.\n" in ledger.table([RUN, *soaked_before])


def test_a_line_is_added_for_each_run_and_read_back(tmp_path: Path) -> None:
    line = ledger.run_of("soak", "c0ffee", 3, 540.0, soak_of())
    ledger.write(line, tmp_path / "ledger")
    ledger.write(RUN, tmp_path / "ledger")
    assert list(ledger.runs(tmp_path / "ledger")) == [line, RUN]
    assert (line.deaths, line.items, line.outcomes, line.seconds) == (9, 9, 4, 540)
    assert line.faults == {"a worker killed at random": [9, 8]}
    assert line.shown


@pytest.mark.parametrize(
    "more, word",
    [
        ({"healed": 61.0}, "lag was left"),
        (
            {"late": (Counter({5: 98, 21: 2}), Counter({90: 1}))},
            "no death disturbed were 2.1 s late",
        ),
        ({"late": (Counter({5: 99, 90: 1}), Counter({181: 1}))}, "18.1 s late after a death"),
        ({"seen": [*STEADY[:6], *[Minute(9.0, 100)] * 3]}, "caught up"),
        ({"seen": [*STEADY[:6], *[Minute(0.5, 400)] * 3]}, "grown by 300 MB"),
    ],
)
def test_a_soak_is_red_that_healed_late_fell_behind_or_grew(more: Any, word: str) -> None:
    report = soak_of(**more)
    assert not report.proven
    assert word in report.amiss[0]


def test_a_soak_is_red_if_the_judge_says_anything_but_pass() -> None:
    assert soak_of().proven
    assert not soak_of(report=GOOD | {"verdict": "UNKNOWN"}).proven
    one = {"verdict": "FAIL", "anomalies": {"lost": 1}}
    late = soak_of(report=GOOD | one, healed=61.0)
    assert ledger.run_of("soak", "c0ffee", 1, 60.0, late).anomalies == 2
