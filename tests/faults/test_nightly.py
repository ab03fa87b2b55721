"""A night leaves out none of the runs with faults that there are, and asks of each only what it understands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import ledger
from tests.faults.ledger import ROOT
from tests.faults.nightly import Came, Step, note, steps, taken

FOLDER = Path(__file__).parent
RUNS = sorted(path.stem for path in FOLDER.glob("*_run.py"))


def test_a_night_has_every_run() -> None:
    names = {step.name for step in steps(1)}
    assert set(RUNS) <= names
    assert {"hunt", "proof", "simulation", "fuzz", "storm", "soak"} <= names
    assert "rebalance_of_64" in names


def test_another_night_has_other_seeds() -> None:
    assert not {step for step in steps(1) if step.name == "proof"} & set(steps(21))


@pytest.mark.parametrize("name", RUNS)
def test_what_is_asked_of_a_run_is_understood(name: str) -> None:
    command = [sys.executable, "-m", f"tests.faults.{name}", "--help"]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for step in steps(1):
        if step.name == name:
            assert all(word in told for word in step.arguments if word.startswith("--"))


def test_two_steps_of_one_name_differ_in_what_is_asked() -> None:
    asked = [(step.name, step.arguments) for step in steps(1)]
    assert len(set(asked)) == len(asked)


def test_a_step_has_settings_of_its_own() -> None:
    asks = ("-n", "1", "-s", "import os; assert os.environ['LEAD_ROUTER_PARTITIONS'] == '64'")
    (step,) = (step for step in steps(1) if step.name == "rebalance_of_64")
    assert taken(step._replace(module="timeit", arguments=asks)).status == 0


def test_a_red_run_says_so() -> None:
    assert "RED, exit status 3" in str(Came(Step("tests.faults.links_run", ()), 3, 1.0))


def test_a_run_that_has_no_line_of_its_own_gets_one(monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[ledger.Run] = []
    monkeypatch.setattr(ledger, "write", noted.append)
    for arguments in ((), ("--seed", "1", "--ledger")):
        for status in (0, 1):
            note(Came(Step("tests.fuzz.fuzz", arguments), status, 61.0), 7, "c0ffee")
    assert [(one.what, one.seed, one.commit) for one in noted] == [("fuzz", 7, "c0ffee")] * 2
    assert [(one.shown, one.verdict, one.anomalies) for one in noted] == [
        (True, "PASS", 0),
        (False, "UNKNOWN", 1),
    ]
