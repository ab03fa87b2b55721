"""What is said of all runs follows from the ledger."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults import ledger
from tests.faults.proof.report import FAULTS

RUN = ledger.Run("proof", "2026-11-26", "c0ffee", 1, 1800, 30, 1000, 300, 0, "PASS", True, 28)
CAME = ledger.Came(
    proven=True,
    verdict="PASS",
    anomalies={},
    amiss=(),
    deaths=9,
    deaths_with_work_left=7,
    judged={"items": 9, "outcomes": 4},
    faults={"a worker killed at random": (9, 8)},
)


def test_runs_are_summed_by_their_kind_and_bound_the_rate_of_failures() -> None:
    runs = [RUN, replace(RUN, seed=2, shown=False), replace(RUN, what="soak", deaths=60)]
    lines = ledger.table(runs).splitlines()
    assert lines[2] == "| 2 of `proof` | 1 | 1.0 | 60 | 2,000 | 600 | 0 | 0 |"
    assert lines[3] == "| 1 of `soak` | 1 | 0.5 | 60 | 1,000 | 300 | 0 | 0 |"
    assert lines[5] == "The newest line is of 2026-11-26, at c0ffee."
    assert lines[7] == "In all, workers were killed at least 120 times."
    assert "the judge named anything: 56 deaths" in lines[8]
    assert "3/56" in lines[8]
    assert "3/56" in lines[9]


def test_what_was_done_is_summed_over_all_runs_beside_how_often_it_bit() -> None:
    noted = [replace(RUN, faults={"killed": (30, 28)}), replace(RUN, faults={"killed": (5, 5)})]
    assert ledger.table([RUN, *noted]).endswith("| killed | 35 | 33 |\n")


@pytest.mark.parametrize("fault", ledger.UNSEEN)
def test_what_was_noted_as_seen_though_nobody_looked_is_said_to_be_so(fault: str) -> None:
    assert fault not in FAULTS
    run = replace(RUN, faults={fault: (6, 6)})
    assert ledger.table([run, run]).endswith(f"| {fault} | 12 | nobody looked |\n")


def bounds(*runs: ledger.Run) -> list[str]:
    """Returns what is said of the judge's anomalies, and of all."""
    return [line for line in ledger.table(runs).splitlines() if "in which" in line]


def test_an_anomaly_leaves_what_came_after_it() -> None:
    named = replace(RUN, anomalies=2, commit="badbad", verdict="FAIL")
    for line in bounds(RUN, named, replace(RUN, deaths_with_work_left=7)):
        assert "at badbad; since then: 7 deaths that left something to do" in line
        assert "3/7" in line
    soaked_before = replace(RUN, what="soak", deaths=60)
    for line in bounds(RUN, soaked_before, named):
        assert line.endswith(
            "since then: nobody has died with work left, so nothing follows for the rate."
        )


def test_what_was_late_is_nothing_that_the_judge_named() -> None:
    late = replace(RUN, anomalies=1, commit="late12", shown=False)
    of_the_judge, of_all = bounds(RUN, late, replace(RUN, deaths_with_work_left=7))
    assert "no run in which the judge named anything: 35 deaths" in of_the_judge
    assert "at late12; since then: 7 deaths" in of_all
    assert "| 2 of `proof` | 1 | 1.0 | 60 | 2,000 | 600 | 0 | 1 |" in ledger.table([RUN, late])


def test_a_line_is_added_for_each_run_and_read_back(tmp_path: Path) -> None:
    line = ledger.run_of("soak", "c0ffee", 3, 540.0, CAME)
    ledger.write(line, tmp_path / "ledger")
    ledger.write(RUN, tmp_path / "ledger")
    assert list(ledger.runs(tmp_path / "ledger")) == [line, RUN]
    assert (line.deaths, line.items, line.outcomes, line.seconds) == (9, 9, 4, 540)
    assert line.deaths_with_work_left == 7
    assert line.faults == {"a worker killed at random": [9, 8]}
    assert line.shown


def test_what_the_judge_named_and_what_was_amiss_besides_are_anomalies() -> None:
    came = replace(CAME, verdict="FAIL", anomalies={"lost": 1}, amiss=("lag was left",))
    assert ledger.run_of("soak", "c0ffee", 1, 60.0, came).anomalies == 2
