"""Deadlines come when they are due: not before, and not after everybody could see that they were overlooked."""

from __future__ import annotations

import asyncio

import pytest

from schemas import spine
from schemas.spine import DeadlineReached
from tests.unit.ops.verify.judging import judged, names, wheres
from tests.unit.ops.verify.town import APPLICATION, NOON, Logs, Town, form
from topics.catalogue import SPINE
from worker.lane.gate import GOALS_A_WAIT
from worker.lane.limits import Limits
from worker.lane.processor import Record
from worker.ops.verify.course import Course
from worker.ops.verify.known import Known
from worker.ops.verify.promptness import LetGo, Releases, patience_of
from worker.ops.verify.report import report_of

DAY_MS = 86_400_000
AN_HOUR_MS = 3_600_000
A_WHILE = patience_of(Known().gate_ms) // 1_000 + 60
APART_SECONDS = 20
WOKEN = "lead-2"


@pytest.fixture
def town() -> Town:
    """A town in which two leads became MQLs, and fourteen days have passed."""
    town = Town()
    town.produce([form(WOKEN, NOON)])
    town.come_to_rest()
    town.now = NOON + 14 * DAY_MS + 1_000
    return town


def wake(town: Town, seconds: int = 0) -> None:
    """Lets every lane be seen in step, for so long, without looking at its deadlines."""
    for later in range(0, seconds + 1, APART_SECONDS):
        town.produce([form(f"waker {town.now} {number}", town.now) for number in range(8)])
        town.work()
        town.now += APART_SECONDS * 1_000 if later < seconds else 0


def test_equal_times_are_let_go_in_whatever_order() -> None:
    town, due = Town(), NOON + 14 * DAY_MS
    for ids in (["Z1", "Z2", "Z3", "Z4"], [f"A{number}" for number in range(40)]):
        town.produce([form(one, NOON) for one in ids])
        town.come_to_rest()
        town.now += 120_000
    town.now = due + 200
    town.release_deadlines(10)
    town.work()
    town.now += 12_000
    town.come_to_rest()
    report = judged(town.logs)
    assert (report.verdict, report.judged["deadlines"]) == ("PASS", 44)
    assert report.late_ms["most"] >= 12_000


def test_a_gate_that_an_operator_has_wait_longer_is_not_called_late(town: Town) -> None:
    wake(town, A_WHILE)
    town.come_to_rest()
    assert "late-deadline" in judged(town.logs).anomalies
    patient = Course(town.logs, APPLICATION, None, Known(gate_ms=3_600_000))
    asyncio.run(patient.run())
    assert report_of(patient).verdict == "PASS"


@pytest.mark.parametrize("gate_ms", [1_000, 20_000])
def test_who_was_away_for_less_than_a_minute_is_not_called_late(town: Town, gate_ms: int) -> None:
    wake(town)
    town.now += 45_000
    town.come_to_rest()
    wake(town)
    verified = Course(town.logs, APPLICATION, None, Known(gate_ms=gate_ms))
    asyncio.run(verified.run())
    assert report_of(verified).verdict == "PASS"


def deadlines(logs: Logs) -> list[Record]:
    return [
        one
        for one in logs.of(SPINE.name)
        if isinstance(spine.decode(one.value or b""), DeadlineReached)
    ]


def test_a_deadline_that_comes_in_time_is_no_anomaly(town: Town) -> None:
    town.come_to_rest()
    wake(town, A_WHILE)
    report = judged(town.logs)
    assert (report.verdict, report.judged["deadlines"]) == ("PASS", 1)
    assert report.late_ms == {"p50": 1_000, "p99": 1_000, "most": 1_000}


def test_a_deadline_that_never_comes_though_the_lane_is_in_step_is_late(town: Town) -> None:
    wake(town, A_WHILE)
    assert f"{WOKEN}, due" in wheres(town.logs, "late-deadline")[0]
    assert names(town.logs) == {"late-deadline"}


def test_a_deadline_that_comes_after_the_lane_was_in_step_is_late(town: Town) -> None:
    wake(town, A_WHILE)
    town.come_to_rest()
    assert "it came too late" in wheres(town.logs, "late-deadline")[0]


def test_a_deadline_that_comes_after_an_outage_is_not_late(town: Town) -> None:
    town.now += DAY_MS
    town.come_to_rest()
    wake(town)
    assert names(town.logs) == set()
    assert (
        judged(town.logs).late_ms["most"] > DAY_MS // 2
        or judged(town.logs).late_ms["most"] == 3_600_000
    )


def test_a_deadline_that_comes_after_an_outage_between_two_times_in_step_is_not_late(
    town: Town,
) -> None:
    wake(town)
    town.now += DAY_MS
    wake(town)
    town.now += 3_000
    town.come_to_rest()
    wake(town, A_WHILE)
    assert names(town.logs) == set()


def test_a_deadline_within_the_patience_of_the_gate_is_not_late(town: Town) -> None:
    wake(town, A_WHILE - 120)
    town.come_to_rest()
    assert names(town.logs) == set()


def test_a_deadline_that_the_gate_has_found_late_and_waited_for_is_not_late(town: Town) -> None:
    limits = Limits()
    longest = int(limits.gate_seconds * (1 + 1 / GOALS_A_WAIT))
    wake(town, longest - 20)
    town.now = NOON + 14 * DAY_MS + longest * 1_000
    town.come_to_rest()
    wake(town, A_WHILE)
    report = judged(town.logs)
    assert (report.verdict, report.late_ms["most"]) == ("PASS", longest * 1_000)


def test_a_deadline_that_was_written_before_it_was_due_is_early(town: Town) -> None:
    town.come_to_rest()
    (found,) = deadlines(town.logs)
    town.logs.replace(found, timestamp_ms=NOON + 13 * DAY_MS)
    assert names(town.logs) == {"early-deadline"}


def test_a_deadline_that_is_written_twice_has_one_effect(town: Town) -> None:
    town.release_deadlines()
    (found,) = deadlines(town.logs)
    town.logs.put(found)
    town.work()
    assert names(town.logs) == set()
    assert len(deadlines(town.logs)) == 2


MINUTE_MS = 60_000


@pytest.mark.parametrize(
    "others, overlooked",
    [
        ([(15, 2, 10), (30, 3, 20)], True),
        ([(15, 2, 10), (24, 3, 20)], False),
        ([(15, 2, 10), (30, 3, 20), (31, 3, 20), (32, 3, 20), (33, 2, 19)], True),
        ([(15, 2, 10)], False),
        ([(15, 0.5, 10), (30, 0.5, 20)], False),
        ([(15, 2, -10), (30, 3, -5)], False),
        ([(-40, 2, -60), (-20, 3, -50)], False),
        ([(70, 2, 10), (90, 3, 20)], False),
        ([(15, 2, 10), (70, 3, 20)], False),
    ],
)
def test_a_deadline_that_lay_while_later_ones_were_let_go_was_overlooked(
    others: list[tuple[int, float, int]], overlooked: bool
) -> None:
    due, armed, came = NOON + DAY_MS, NOON, NOON + DAY_MS + MINUTE_MS
    releases = Releases()
    for seconds, minutes, later in others:
        at = due + seconds * 1_000
        releases.note(LetGo(at, due + later * 1_000, armed + int(minutes * MINUTE_MS)))
    assert releases.overlooked(due, armed, came) == overlooked


def test_a_lane_that_lets_later_deadlines_go_and_not_an_earlier_one_is_late() -> None:
    town = Town()
    for minute in range(10):
        town.now = NOON + minute * MINUTE_MS
        town.produce([form(f"{WOKEN} {minute} {n}", town.now) for n in range(4)])
        town.come_to_rest()
    for lane in town._leads:
        lane.table.deadlines.release(NOON + 14 * DAY_MS + 30_000, 100_000)
    for minute in range(10):
        town.now = NOON + 14 * DAY_MS + minute * MINUTE_MS + 1_000
        town.come_to_rest()
    assert names(town.logs) == {"late-deadline"}
    assert "it has not come" in wheres(town.logs, "late-deadline")[0]
