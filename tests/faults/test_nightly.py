"""A night leaves out none of the runs with faults that there are, and asks of each only what it understands."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.faults import ledger
from tests.faults.ledger import ROOT
from tests.faults.nightly import TIMES, Came, Step, note, steps, taken
from tests.faults.windows import DEADLY, WINDOWS, every
from tests.faults.windows_run import chosen, parser

FOLDER = Path(__file__).parent
RUNS = sorted(path.stem for path in FOLDER.glob("*_run.py"))
MODULES = sorted({step.module for step in steps(1)})


def test_a_night_has_every_run() -> None:
    names = {step.name for step in steps(1)}
    assert set(RUNS) <= names
    assert {"hunt", "proof", "simulation", "fuzz", "storm", "soak"} <= names
    assert "rebalance_of_64" in names


def test_the_next_night_shares_no_seed_with_this_one() -> None:
    seeded = {step for step in steps(1) if {"--seed", "--from"} & set(step.arguments)}
    assert len([step for step in seeded if step.name == "proof"]) == TIMES
    assert not seeded & set(steps(2))


def test_a_night_kills_in_each_window_at_the_wire_twenty_times_and_hits_it_in_every_other_way() -> (
    None
):
    asked = [parser().parse_args(step.arguments) for step in steps(1) if step.name == "windows_run"]
    hit = Counter(one for arguments in asked for one in chosen(arguments))
    assert hit.keys() == set(every())
    assert {times for one, times in hit.items() if one.way not in DEADLY} == {1}
    deaths = Counter[str]()
    for one in hit.keys() & {one for one in every() if one.way in DEADLY}:
        deaths[one.window.name] += hit[one]
    assert deaths == dict.fromkeys((window.name for window in WINDOWS), TIMES)


@pytest.mark.parametrize("module", MODULES)
def test_what_is_asked_of_a_run_is_understood(module: str) -> None:
    if module == "tests.fuzz.fuzz":
        pytest.importorskip("atheris")
    command = [sys.executable, "-m", module, "--help"]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    understood = set(re.findall(r"--[a-z-]+", told))
    for step in steps(1):
        if step.module == module:
            assert {word for word in step.arguments if word.startswith("--")} <= understood


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


def test_a_mutant_that_survives_is_no_anomaly_of_the_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted: list[ledger.Run] = []
    monkeypatch.setattr(ledger, "write", noted.append)
    note(Came(Step("tests.faults.proof.hunt", ()), 1, 61.0), 7, "c0ffee")
    assert [(one.shown, one.anomalies) for one in noted] == [(False, 0)]
