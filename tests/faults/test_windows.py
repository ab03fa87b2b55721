"""The table of windows: none is missing, each is hit in every way sooner or later, and a seed says exactly how."""

from __future__ import annotations

import re
from random import Random
from typing import cast

import pytest

from tests.faults.installation import Installation
from tests.faults.proof import plan
from tests.faults.proxy.wire import Api, Request
from tests.faults.windows import WINDOWS, Experiment, every, once_each
from tests.faults.windows_run import Trial
from topics.catalogue import (
    ACCOUNT_ACTIVITY,
    SPINE,
    accounts_changelog,
    intake_positions,
    lifecycle_changelog,
    name_of,
)

BY_NAME = {window.name: window for window in WINDOWS}

CHANGELOG, POSITIONS = lifecycle_changelog("proof").name, intake_positions("proof").name
ACCOUNTS = accounts_changelog("proof").name


def request(api: Api, who: str, *topics: str) -> Request:
    return Request(api, 0, 1, "client", who, topics)


MEANT = {
    ("W3", "W4"): request(Api.PRODUCE, "proof.lifecycle-0-a", CHANGELOG),
    ("W6", "W7"): request(Api.PRODUCE, "proof.lifecycle-3-b", name_of("handoff")),
    ("W8", "W9"): request(Api.PRODUCE, "", name_of("account-log"), SPINE.name),
    ("W8p", "W9p"): request(Api.PRODUCE, "", POSITIONS),
    ("W10", "W11"): request(Api.END_TXN, "proof.lifecycle-0-a"),
    ("W3m", "W4m"): request(Api.PRODUCE, "proof.accounts-0-a", ACCOUNTS),
    ("W6m", "W7m"): request(Api.PRODUCE, "proof.accounts-0-b", ACCOUNT_ACTIVITY.name),
    ("W10m", "W11m"): request(Api.END_TXN, "proof.accounts-1-b"),
    ("W16j", "W16J", "W16k", "W16K"): request(Api.JOIN_GROUP, "proof.accounts"),
    ("W16s", "W16S", "W16t", "W16T"): request(Api.SYNC_GROUP, "proof.intake"),
    ("W20a", "W20A"): request(Api.INIT_PRODUCER_ID, "proof.lifecycle-0-a"),
    ("W20b", "W20B"): request(Api.INIT_PRODUCER_ID, "proof.lifecycle-0-b"),
    ("W20p", "W20P"): request(Api.ADD_PARTITIONS_TO_TXN, "proof.lifecycle-0-a", CHANGELOG),
}


@pytest.mark.parametrize("names", MEANT, ids="-".join)
def test_a_window_means_its_own_request_and_none_of_the_others(names: tuple[str, ...]) -> None:
    for name, window in BY_NAME.items():
        rule = Experiment(window, "reset").rule(Random(1))
        assert rule.fits(MEANT[names]) == (name in names), name


def test_every_window_is_meant_by_one_of_these() -> None:
    assert sorted(name for names in MEANT for name in names) == sorted(BY_NAME)


def test_each_window_of_the_guarantees_is_died_in() -> None:
    named = " ".join((*BY_NAME, *(window.of for window in plan.WINDOWS.values())))
    assert {int(number) for number in re.findall(r"W(\d+)", named)} == set(range(1, 22))


def test_who_dies_in_a_window_at_a_fail_point_dies_where_it_lies() -> None:
    of = {window.failpoint: window.of for window in plan.WINDOWS.values()}
    assert (of["state-sent"], of["between-outcomes"]) == ("W3 or W4", "W5")


def test_who_dies_at_work_leaves_some_unless_the_last_request_of_a_round_was_applied() -> None:
    at_work = {window.name for window in WINDOWS if window.moment == "working"}
    done = {name for name in at_work if not BY_NAME[name].leaves_work}
    assert done == {"W9p", "W11", "W11m"}
    assert not any(BY_NAME[name].leaves_work for name in BY_NAME.keys() - at_work)
    whose = {BY_NAME[name].processor for name in at_work}
    assert whose == {"intake", "lifecycle", "accounts"}


def test_a_trial_asks_for_what_its_window_leaves() -> None:
    for one in every():
        trial = Trial(cast(Installation, None), one, seed=1)
        assert trial.result.leaves_work == one.window.leaves_work


def test_what_is_held_is_a_request_and_what_is_applied_an_answer() -> None:
    assert {window.side for window in WINDOWS if window.where.endswith("held")} == {"request"}
    assert {window.side for window in WINDOWS if "applied" in window.where} == {"answer"}


def test_each_push_hits_every_window_and_twenty_of_them_in_every_way() -> None:
    assert [one.window for one in once_each(7)] == list(WINDOWS)
    assert {one for seed in range(20) for one in once_each(seed)} == set(every())


def test_of_the_ways_that_are_wanted_each_window_is_hit_in_one() -> None:
    both = [one for seed in (7, 8) for one in once_each(seed, ("killed", "late"))]
    assert set(both) == {one for one in every() if one.way in {"killed", "late"}}
    assert [one.window for one in both] == [*WINDOWS, *WINDOWS]
    held = [window for window in WINDOWS if "late" in window.ways]
    assert [one.window for one in once_each(7, ("late",))] == held


def test_the_same_seed_hits_the_same_request() -> None:
    experiment = next(every())
    rules = {experiment.rule(Random(f"{seed}/{experiment.name}")).nth for seed in range(50)}
    assert len(rules) > 1
    assert experiment.rule(Random("1")) == experiment.rule(Random("1"))
