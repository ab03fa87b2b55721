"""The proof itself: a plan follows from its seed and leaves nothing out, and a run that shows too little is red."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from inspect import iscoroutinefunction, isfunction, signature
from typing import Any

import pytest

from tests.faults.proof.acts import ACTS
from tests.faults.proof.bite import Bite
from tests.faults.proof.campaign import Happened
from tests.faults.proof.evidence import Evidence
from tests.faults.proof.hunt import PREY
from tests.faults.proof.mutants import DEFECTS
from tests.faults.proof.plan import QUOTAS, WINDOWS, plan_of
from tests.faults.proof.report import FAULTS, report_of, told
from tests.faults.proof.verdict import (
    BITING,
    DEAD_LETTERS,
    FATES,
    MESSAGES,
    OF_DEADLINES,
    REFUSALS,
    VERDICTS,
    lacking,
)
from tests.faults.proof.ways import WAYS
from topics.catalogue import OUTCOMES, RAW
from worker.lane.failpoints import NAMES

JUDGED = ("items", "outcomes", "deadlines", "told_by_accounts", "repeats")


def everything() -> tuple[Happened, Evidence, dict[str, Any]]:
    """A run in which all that had to happen did."""
    happened = Happened(
        done=Counter(QUOTAS),
        bitten=Counter({kind: QUOTAS.get(kind, 1) for kind in (*WINDOWS, *BITING, "kill")}),
        bites=[Bite(1, 0), Bite(0, 1)],
        statuses=Counter([0]),
    )
    evidence = Evidence(
        messages=Counter(MESSAGES),
        bodies=Counter(topic.name for topic in RAW),
        dead_letters=Counter(DEAD_LETTERS),
        refusals=Counter(REFUSALS),
        outcomes=Counter(topic.name for topic in OUTCOMES),
        of_deadlines=Counter(OF_DEADLINES),
        policies=Counter(["1", "2"]),
        compacted=1,
        due_in_outages=[3],
        redelivered=1,
    )
    report = {
        "verdict": "PASS",
        "anomalies": {},
        "first": [],
        "unknown": [],
        "activities": dict.fromkeys(VERDICTS, 1),
        "items": dict.fromkeys(FATES, 1),
        "judged": dict.fromkeys(JUDGED, 1) | {"dead_letters": 2},
    }
    return happened, evidence, report


def spoilt(spoil: Callable[[Happened, Evidence, dict[str, Any]], Any]) -> list[str]:
    run = everything()
    spoil(*run)
    return list(lacking(*run))


def test_a_plan_follows_from_its_seed() -> None:
    assert plan_of(7) == plan_of(7)
    assert plan_of(7) != plan_of(8)


def test_a_plan_has_every_window_and_every_act_of_the_quota() -> None:
    plan = plan_of(7)
    assert Counter(act.place for act in plan if act.place) == Counter(WINDOWS.keys())
    assert Counter(act.kind for act in plan if not act.place) == Counter(QUOTAS)


def test_the_windows_reach_every_fail_point_of_the_lanes() -> None:
    assert {window.failpoint for window in WINDOWS.values()} == set(NAMES)


def test_whose_lane_dies_with_something_under_way_is_asked_for() -> None:
    whose = {window.processor for window in WINDOWS.values() if window.leaves_work}
    assert whose == {"intake", "lifecycle", "accounts"}
    assert WINDOWS["acknowledged"].armed("kill", 2) == "acknowledged/lifecycle=kill@2"
    assert WINDOWS["opened"].armed("kill", 1) == "opened=kill@1"


def test_everything_planned_can_be_done() -> None:
    assert {act.kind for act in plan_of(7)} <= set(ACTS)
    assert {window.way for window in WINDOWS.values()} == set(WAYS)
    assert set(PREY) == set(DEFECTS)


def test_a_run_in_which_all_happened_lacks_nothing() -> None:
    run = everything()
    assert list(lacking(*run)) == []
    report = report_of(run[0], run[1], [run[2]], run[2])
    assert report.proven
    assert any(line.startswith("PROVEN") for line in told(report))


@pytest.mark.parametrize("place", [*WINDOWS, *BITING])
def test_a_window_that_nobody_died_in_is_missed(place: str) -> None:
    assert any(place in one for one in spoilt(lambda h, _e, _r: h.bitten.pop(place)))


def test_random_deaths_that_mostly_left_nothing_are_missed() -> None:
    assert spoilt(lambda h, _e, _r: h.bitten.update(kill=4 - QUOTAS["kill"])) == []
    assert spoilt(lambda h, _e, _r: h.bitten.update(kill=3 - QUOTAS["kill"]))


@pytest.mark.parametrize("kept", [Bite(1, 0), Bite(0, 1)], ids=["undone", "open"])
def test_deaths_of_the_idle_are_missed(kept: Bite) -> None:
    assert spoilt(lambda h, _e, _r: h.bites.remove(kept))


@pytest.mark.parametrize(
    "counts",
    ["messages", "bodies", "dead_letters", "refusals", "outcomes", "policies", "of_deadlines"],
)
def test_what_did_not_occur_is_missed_by_its_name(counts: str) -> None:
    for name in getattr(everything()[1], counts):
        happened, evidence, report = everything()
        getattr(evidence, counts).pop(name)
        (missed,) = lacking(happened, evidence, report)
        assert counts == "policies" or name in missed


@pytest.mark.parametrize("counted", ["deadlines", "told_by_accounts", "repeats", "dead_letters"])
def test_what_the_judge_did_not_count_is_missed(counted: str) -> None:
    assert spoilt(lambda _h, _e, r: r["judged"].update({counted: 0}))


def test_changelogs_that_nobody_compacted_are_missed() -> None:
    assert spoilt(lambda _h, e, _r: setattr(e, "compacted", 0))


@pytest.mark.parametrize("due", [[], [0]], ids=["no outage", "no deadline"])
def test_an_outage_without_deadlines_is_missed(due: list[int]) -> None:
    assert spoilt(lambda _h, e, _r: setattr(e, "due_in_outages", due))


def test_a_policy_that_changes_with_nothing_to_redeliver_is_missed() -> None:
    assert spoilt(lambda _h, e, _r: setattr(e, "redelivered", 0))


def test_what_a_deadline_may_have_overtaken_is_amiss_where_nobody_brings_a_history_in() -> None:
    happened, evidence, report = everything()
    after = {**report, "first_overtaken": ["lead-7: leads.call.v1/0 offset 3"]}
    came = report_of(happened, evidence, [report], after)
    assert not came.proven
    assert came.amiss == ("overtaken: lead-7: leads.call.v1/0 offset 3",)


def test_lag_deadlines_that_are_left_and_bad_ends_are_amiss() -> None:
    happened, evidence, report = everything()
    assert report_of(happened, evidence, [report], report).amiss == ()
    happened.healed_seconds = 61.0
    happened.ended.append("north-3.log: exit status 1")
    happened.statuses[3] += 1
    evidence.overdue.append("lead")
    assert len(report_of(happened, evidence, [report], report).amiss) == 4


@pytest.mark.parametrize("verdicts", [["FAIL"], ["UNKNOWN"], []])
def test_a_run_is_red_unless_it_was_judged_while_it_went_on(verdicts: list[str]) -> None:
    happened, evidence, report = everything()
    meanwhile = [{**report, "verdict": verdict} for verdict in verdicts]
    assert not report_of(happened, evidence, meanwhile, report).proven


def test_a_run_is_red_if_much_was_left_that_nobody_could_judge() -> None:
    happened, evidence, report = everything()
    report["judged"]["items"] = 1000
    for left, proven in ((10, True), (11, False)):
        after = {**report, "under_way": {"inputs": left}}
        assert report_of(happened, evidence, [report], after).proven == proven


def test_what_was_named_while_faults_went_on_is_counted() -> None:
    happened, evidence, report = everything()
    meanwhile = [{**report, "verdict": "FAIL", "anomalies": {"lost": 7}}, report]
    came = report_of(happened, evidence, meanwhile, report)
    assert (came.proven, came.verdict, came.anomalies) == (False, "FAIL", {"lost": 7})


@pytest.mark.parametrize("verdict", ["FAIL", "UNKNOWN"])
def test_a_run_is_red_unless_it_passes(verdict: str) -> None:
    happened, evidence, report = everything()
    assert not report_of(happened, evidence, [report], {**report, "verdict": verdict}).proven


def test_what_was_done_is_told_with_how_often_it_bit() -> None:
    happened, evidence, report = everything()
    happened.done["window"] = len(WINDOWS)
    happened.bitten["kill"] = 8
    faults = report_of(happened, evidence, [report], report).faults
    assert faults["a worker killed at a fail point"] == (len(WINDOWS), len(WINDOWS))
    assert faults["a worker killed at random"] == (10, 8)
    assert faults["a worker frozen until others had come further"] == (2, 2)
    assert faults["nobody at work while deadlines come due"] == (1, 1)
    assert faults["a worker ended in order, one more, one less"] == (4, 4)
    assert faults["the power of the only broker cut"] == (1, 1)
    kinds = [kind for told in FAULTS.values() for kind in told]
    assert sorted(kinds) == sorted([*QUOTAS, "window"])


def test_nothing_is_seen_to_bite_because_it_was_done() -> None:
    happened, evidence, report = everything()
    happened.bitten.clear()
    evidence.due_in_outages = []
    faults = report_of(happened, evidence, [report], report).faults
    assert {bites for _done, bites in faults.values()} == {0}


def test_of_two_outages_only_the_one_with_deadlines_was_seen_to_bite() -> None:
    happened, evidence, report = everything()
    happened.done["outage"] = 2
    evidence.due_in_outages = [0, 9]
    faults = report_of(happened, evidence, [report], report).faults
    assert faults["nobody at work while deadlines come due"] == (2, 1)


def test_a_function_with_a_defect_takes_what_the_good_one_takes() -> None:
    defects = [defect for name in DEFECTS for defect in DEFECTS[name] if isfunction(defect.part)]
    assert defects
    for defect in defects:
        good = getattr(defect.module, defect.name)
        assert len(signature(defect.part).parameters) == len(signature(good).parameters)
        assert iscoroutinefunction(defect.part) == iscoroutinefunction(good)
