"""What makes a night of deadlines red; and what is expected of a crowd is what its policy says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from tests.faults.deadlines.crowd import (
    BACK_MS,
    FOLLOWED_UP_MS,
    POLICY,
    QUIET_MS,
    Due,
    crowd,
    expected,
    firsts,
    seconds,
)
from tests.faults.deadlines.fired import Topics, lateness, wrong
from tests.faults.deadlines.phases import Ahead, Disagreed, Returned
from tests.faults.deadlines.shifted import shifted
from tests.faults.deadlines.sums import PROMISED, Kept, Seen, kept, told
from tests.faults.proof.bite import Bite
from worker import presets
from worker.lifecycle.calendar import Span

T0 = 1_770_000_000_000
REPORT = {"verdict": "PASS", "anomalies": {}, "first": [], "unknown": [], "judged": {"items": 3}}
FEW = crowd("patient", 3, T0, T0 + 3, mixed=False)


def topics(fired: Mapping[Due, Sequence[int]]) -> Topics:
    return Topics(fired, fired)


def night(
    outage: Mapping[Due, Sequence[int]] | None = None,
    *,
    leads: int = 3,
    bitten: bool = True,
    ahead: Ahead | None = None,
    died_ms: int = T0 + 50_000,
    skewed_late_ms: int = 0,
) -> Kept:
    """A night in which all that had to happen did, but for what is said."""
    due = expected(FEW)
    at_work = T0 + QUIET_MS + 1_000_000
    skewed = {Due("skewed-1", T0 + 10_000), Due("skewed-2", T0 + 60_000)}
    fired: dict[Due, Sequence[int]] = {one: [one.due_ms + skewed_late_ms] for one in skewed}
    fired |= {one: [at_work + 1_000] for one in due} if outage is None else outage
    seen = Seen(
        Returned(due, 3, at_work - 5_000, at_work, bitten),
        Disagreed(skewed, died_ms, died_ms + 12_000),
        ahead or Ahead({Due("early-1", T0 + QUIET_MS)}, ended=True, named=True),
        topics(fired),
    )
    happened: Any = SimpleNamespace(bites=[Bite(0, 1)])
    return kept(seen, leads, happened, REPORT)


def test_a_crowd_has_the_deadlines_that_its_policy_gives_it() -> None:
    hand, back, quiet, *_ = crowd("c", 200, T0, T0 + 200_000, mixed=True)
    assert [one.due_ms - hand.at_ms for one in hand.dues()] == [
        FOLLOWED_UP_MS,
        FOLLOWED_UP_MS + QUIET_MS,
    ]
    assert [one.due_ms - back.at_ms for one in back.dues()] == [BACK_MS + QUIET_MS]
    assert [one.due_ms - quiet.at_ms for one in quiet.dues()] == [QUIET_MS]
    assert quiet.at_ms == T0 + 2_000
    policy = presets.load(str(POLICY))
    spans = [policy.statuses[name].stay[0].span for name in ("mql", "inquiry")]
    assert spans == [
        Span(milliseconds=FOLLOWED_UP_MS),
        Span(milliseconds=QUIET_MS),
    ]


def test_those_who_come_back_do_so_later_under_another_id() -> None:
    members = crowd("c", 200, T0, T0 + 200_000, mixed=True)
    first, again = list(firsts(members)), list(seconds(members))
    assert (len(first), len(again)) == (200, 2)
    assert len({record.value for record in [*first, *again]}) == 202
    assert all(record.timestamp_ms >= T0 + BACK_MS for record in again)


def test_what_did_not_fire_once_and_in_time_is_named() -> None:
    due = Due("patient-1", T0)
    assert list(wrong("patient", {due}, topics({due: [T0]}))) == []
    assert "never fired: 1" in next(wrong("patient", {due}, topics({})))
    assert "fired for no reason" in next(wrong("patient", set(), topics({due: [T0]})))
    assert "fired twice" in next(wrong("patient", {due}, topics({due: [T0, T0 + 1]})))
    assert "let go early" in next(wrong("patient", {due}, topics({due: [T0 - 1]})))
    assert list(wrong("skewed", set(), topics({due: [T0]}))) == []


def test_lateness_counts_from_when_a_deadline_could_fire() -> None:
    due = Due("a", T0)
    late = lateness([due], topics({due: [T0 + 9_000]}), T0 + 5_000)
    assert (late.fired, late.most) == (1, 4.0)
    assert lateness([due], topics({due: [T0 + 9_000]})).most == 9.0
    assert lateness([due], topics({})).fired == 0


def test_a_night_in_which_all_happened_is_proven() -> None:
    report = night()
    assert report.proven
    assert [*told(report)][-1] == "PROVEN: PASS"
    assert report.back_seconds == 5.0


@pytest.mark.parametrize(
    "more, word",
    [
        ({"outage": {}}, "never fired"),
        ({"outage": {one: [T0 + QUIET_MS + 1_011_000] for one in expected(FEW)}}, "s late, 10"),
        ({"skewed_late_ms": 2_500}, "while clocks disagree"),
        ({"died_ms": T0, "skewed_late_ms": 26_000}, "around the death"),
        ({"ahead": Ahead(set(), ended=True, named=False)}, "a day ahead"),
        ({"ahead": Ahead({Due("skewed-1", T0 + 10_000)}, ended=True, named=True)}, "let go by"),
    ],
)
def test_a_night_is_red_in_which_a_deadline_was_not_kept(more: Any, word: str) -> None:
    report = night(**more)
    assert not report.proven
    assert any(word in one for one in report.amiss)


@pytest.mark.parametrize(
    "more, word",
    [
        ({"bitten": False}, "nobody died"),
        ({"leads": 4}, "only 3 of 4 leads were armed"),
        ({"died_ms": T0}, "came due before the death"),
        ({"died_ms": T0 + 90_000}, "came due after the death"),
    ],
)
def test_a_night_that_shows_too_little_is_red(more: Any, word: str) -> None:
    report = night(**more)
    assert not report.proven
    assert any(word in one for one in report.lacking)


def test_more_deadlines_at_once_may_take_as_much_longer() -> None:
    many = crowd("patient", 2 * PROMISED, T0, T0 + 1, mixed=False)
    at_work = T0 + QUIET_MS
    returned = Returned(expected(many), len(many), at_work, at_work, bitten=True)
    fired = topics({one: [at_work + 19_000] for one in returned.due})
    disagreed, ahead = Disagreed(set(), T0, T0), Ahead(set(), ended=True, named=True)
    assert list(Seen(returned, disagreed, ahead, fired).amiss()) == []


def test_a_shifted_clock_tells_the_time_of_another_and_so_many_seconds_more() -> None:
    assert shifted(lambda: T0, -3.5)() == T0 - 3_500
