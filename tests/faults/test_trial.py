"""What experiments come to together, as the ledger counts it."""

from __future__ import annotations

from dataclasses import asdict, replace
from types import SimpleNamespace
from typing import cast

import pytest

from tests.faults.installation import Slices
from tests.faults.ledger import run_of
from tests.faults.trial import Ended, Result, Vacuous, alive, conclude, sum_of
from tests.kafka.worker_process import Worker
from worker.ops.verify.report import Report

KILLED = Result("W3 killed", "changelog", 1, "killed", seen="PRODUCE", deaths=1)
LEFT = replace(KILLED, deaths_with_work_left=1)
PASSED = Report(
    verdict="PASS",
    anomalies={},
    first=[],
    unknown=[],
    judged={"items": 1000},
    items={},
    activities={},
    under_way={"inputs": 0, "outcomes": 0},
    late_ms={},
    overtaken=0,
    first_overtaken=[],
)


def concluded(result: Result, report: Report = PASSED) -> Result:
    """Returns what a result comes to by a report, and leaves the one it was made of as it is."""
    mine = replace(result, wrong=[], lacking=[])
    conclude(mine, report)
    return mine


def test_faults_are_counted_beside_those_that_were_seen() -> None:
    results = [KILLED, LEFT, replace(KILLED, seen="", deaths=0), replace(KILLED, fault="lost")]
    run = run_of("windows_run", "c0ffee", 1, 60.0, sum_of(results))
    assert run.faults == {"killed": [3, 2], "lost": [1, 1]}
    assert (run.deaths, run.deaths_with_work_left) == (3, 1)
    assert (run.shown, run.verdict, run.anomalies) == (True, "PASS", 0)


def test_what_is_judged_again_on_the_same_cluster_counts_once() -> None:
    items = (("0", 10), ("0", 25), ("0", 40), ("1", 45), ("1", 50))
    results = [replace(KILLED, logs=logs, judged={"items": count}) for logs, count in items]
    assert sum_of(results).judged == {"items": 40 + 50}


def test_what_was_named_and_what_was_not_healed_are_anomalies() -> None:
    named = replace(KILLED, wrong=["lost: here", "torn: there"], anomalies={"lost": 3, "torn": 1})
    late = replace(KILLED, wrong=["NotHealed: still behind"])
    run = run_of("windows_run", "c0ffee", 1, 60.0, sum_of([KILLED, named, late]))
    assert (run.shown, run.verdict, run.anomalies) == (False, "FAIL", 5)
    assert run_of("windows_run", "c0ffee", 1, 60.0, sum_of([late])).verdict == "UNKNOWN"
    assert not sum_of([]).proven


def test_what_was_not_shown_is_red_and_no_anomaly() -> None:
    run = run_of("windows_run", "c0ffee", 1, 60.0, sum_of([replace(KILLED, lacking=["not seen"])]))
    assert (run.shown, run.verdict, run.anomalies) == (False, "PASS", 0)
    assert run.faults == {"killed": [1, 0]}


def test_a_worker_that_ended_by_itself_is_wrong_and_not_merely_unshown() -> None:
    worker = SimpleNamespace(process=SimpleNamespace(poll=lambda: 1), told=lambda: "ProcessorBroke")
    with pytest.raises(Ended, match="ProcessorBroke"):
        alive(cast(Worker, worker))
    assert not issubclass(Ended, Vacuous)


def test_a_death_that_had_to_leave_work_and_left_none_lacks_it() -> None:
    at_work = replace(KILLED, leaves_work=True)
    assert concluded(at_work).lacking == ["who died had left nothing to do"]
    assert not concluded(replace(at_work, deaths_with_work_left=1)).red
    assert not concluded(KILLED).red
    assert not concluded(replace(at_work, deaths=0)).red


def test_much_that_was_under_way_after_healing_is_wrong() -> None:
    assert not concluded(KILLED, replace(PASSED, under_way={"messages": 10})).red
    came = concluded(KILLED, replace(PASSED, under_way={"messages": 11}))
    (wrong,) = came.wrong
    assert wrong.startswith("11 messages were under way")
    assert run_of("windows_run", "c0ffee", 1, 60.0, sum_of([came])).anomalies == 1


def test_what_intake_had_not_yet_written_down_when_it_was_killed_is_not_wrong() -> None:
    assert not concluded(KILLED, replace(PASSED, under_way={"inputs": 43})).red


def test_what_a_deadline_may_have_overtaken_is_wrong() -> None:
    report = replace(PASSED, first_overtaken=["lead-7: leads.call.v1/0 offset 3"])
    assert concluded(KILLED, report).wrong == ["overtaken: lead-7: leads.call.v1/0 offset 3"]


def test_traffic_that_failed_throughout_is_lacking() -> None:
    for slices, red in ((Slices(0, 3), True), (Slices(1, 3), False), (Slices(), False)):
        came = concluded(replace(KILLED, slices=slices))
        assert came.red == red
        assert asdict(came)["slices"] == asdict(slices)
