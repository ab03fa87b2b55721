"""What makes a night of deadlines red; and what is expected of a crowd is what its policy says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from tests.faults.proof.campaign import Happened
from worker import presets
from worker.lifecycle.calendar import Span

T0 = 1_770_000_000_000
REPORT = {"verdict": "PASS", "anomalies": {}, "first": [], "unknown": [], "judged": {"items": 3}}
FEW = crowd("patient", 3, T0, T0 + 3, mixed=False)


def topics(fired: Mapping[Due, Sequence[int]]) -> Topics:
    return Topics(fired, fired)


BACK = T0 + QUIET_MS + 1_000_000
"""When all lanes were at work again."""
EARLY = Due("early-1", T0 + QUIET_MS)


def night(
    outage: Mapping[Due, Sequence[int]] | None = None,
    *,
    leads: int = 3,
    undone: int = 1,
    skewed_late_ms: int = 0,
    report: dict[str, Any] = REPORT,
    **but: dict[str, Any],
) -> Kept:
    """A night in which all that had to happen did, but for what is said, of a phase by its name."""
    due = expected(FEW)
    skewed = {Due("skewed-1", T0 + 10_000), Due("skewed-2", T0 + 60_000)}
    fired: dict[Due, Sequence[int]] = {one: [one.due_ms + skewed_late_ms] for one in skewed}
    fired |= {one: [BACK + 1_000] for one in due} if outage is None else outage
    seen = Seen(
        Returned(due, 3, BACK - 5_000, BACK, bitten=True)._replace(**but.get("returned", {})),
        Disagreed(skewed, 2, T0 + 50_000, at_work=True)._replace(**but.get("disagreed", {})),
        Ahead({EARLY}, 1, ended=True, named=True)._replace(**but.get("ahead", {})),
        topics(fired),
    )
    happened = Happened(bites=[Bite(0, undone)])
    return kept(seen, leads, happened, report)


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
        ({"outage": {one: [BACK + 11_000] for one in expected(FEW)}}, "s late, 10"),
        ({"skewed_late_ms": 2_500}, "while clocks disagree"),
        ({"disagreed": {"died_ms": T0}, "skewed_late_ms": 18_001}, "around the death: 18.0 s"),
        ({"returned": {"hired_ms": BACK - 60_100}}, "back at work after 60.1 s, 60 at most"),
        ({"ahead": {"named": False}}, "a day ahead"),
        ({"ahead": {"due": {Due("skewed-1", T0 + 10_000)}}}, "let go by"),
        ({"report": REPORT | {"under_way": {"inputs": 3}}}, "were under way"),
    ],
)
def test_a_night_is_red_in_which_a_deadline_was_not_kept(more: Any, word: str) -> None:
    report = night(**more)
    assert not report.proven
    assert any(word in one for one in report.amiss)


@pytest.mark.parametrize(
    "more, word",
    [
        ({"returned": {"bitten": False}}, "nobody died"),
        ({"leads": 4}, "only 3 of 4 leads were armed before the outage"),
        ({"returned": {"at_work_ms": None}}, "not at work 150 s after the outage"),
        ({"disagreed": {"armed": 1}}, "only 1 of 2 leads were armed before the first was due"),
        ({"disagreed": {"at_work": False}}, "while clocks disagreed"),
        ({"disagreed": {"died_ms": T0}}, "came due before the death"),
        ({"disagreed": {"died_ms": T0 + 90_000}}, "came due after the death"),
        ({"ahead": {"armed": 0}}, "only 0 of 1 leads were armed for a clock a day ahead"),
        ({"undone": 0}, "no death with anything left"),
    ],
)
def test_a_night_that_shows_too_little_is_red(more: Any, word: str) -> None:
    report = night(**more)
    assert not report.proven
    assert any(word in one for one in report.lacking)


def test_whoever_is_never_at_work_is_late_from_the_first_worker_on() -> None:
    report = night(returned={"at_work_ms": None})
    assert report.back_seconds is None
    assert report.after_outage.most == 6.0


def test_more_deadlines_at_once_may_take_as_much_longer() -> None:
    many = crowd("patient", 2 * PROMISED, T0, T0 + 1, mixed=False)
    at_work = T0 + QUIET_MS
    returned = Returned(expected(many), len(many), at_work, at_work, bitten=True)
    fired = topics({one: [at_work + 19_000] for one in returned.due})
    disagreed = Disagreed(set(), 0, T0, at_work=True)
    ahead = Ahead(set(), 0, ended=True, named=True)
    assert list(Seen(returned, disagreed, ahead, fired).amiss()) == []


def test_a_shifted_clock_tells_the_time_of_another_and_so_many_seconds_more() -> None:
    assert shifted(lambda: T0, -3.5)() == T0 - 3_500
