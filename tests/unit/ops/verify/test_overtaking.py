"""Events that a deadline of their lead may have overtaken are a figure, and no anomaly."""

from __future__ import annotations

import json

import msgspec
import pytest

from schemas import spine
from tests.unit.ops.verify.judging import judged, names
from tests.unit.ops.verify.town import NOON, Town, form
from topics.catalogue import SPINE, name_of
from worker.lifecycle.calendar import rfc3339
from worker.ops.traffic import Produced
from worker.ops.verify.overtaking import HELD_BACK_MS, SURELY_GATED_MS

DAY_MS = 86_400_000
MINUTE_MS = 60_000
WOKEN = "lead-2"


def call(lead_id: str, at_ms: int) -> Produced:
    told = {
        "event_id": "call",
        "occurred_at": rfc3339(at_ms),
        "lead_id": lead_id,
        "outcome": "connected",
    }
    topic = name_of("call-disposition")
    return Produced(topic, lead_id.encode(), json.dumps(told).encode(), (), at_ms)


def overtaken_by_a_deadline(stamped_before_ms: int, late_ms: int) -> Town:
    """Returns a town whose lane let a deadline go though a call of that lead lay on an input."""
    town, due = Town(), NOON + 1 + 14 * DAY_MS
    town.produce([form(WOKEN, NOON + 1)])
    town.come_to_rest()
    town.now = due - stamped_before_ms
    town.produce([call(WOKEN, town.now)])
    town.now = due + late_ms
    assert town.release_deadlines()
    town._work(town._leads)
    return town


def test_an_event_that_may_have_lain_there_when_its_deadline_was_due_is_told_and_no_anomaly() -> (
    None
):
    town = overtaken_by_a_deadline(HELD_BACK_MS + MINUTE_MS, 1_000)
    town.work()
    report = judged(town.logs)
    assert (report.verdict, report.overtaken) == ("PASS", 1)
    assert name_of("call-disposition") in report.first_overtaken[0]


@pytest.mark.parametrize("nowhere", [{"partition": 7}, {"topic": "leads.no"}, {"offset": 99}])
def test_an_event_from_nowhere_is_a_phantom_and_nobody_looks_there(
    nowhere: dict[str, object],
) -> None:
    town = overtaken_by_a_deadline(HELD_BACK_MS + MINUTE_MS, 1_000)
    town.work()
    (told,) = (one for one in town.logs.of(SPINE.name) if b"call-disp" in (one.value or b""))
    message = spine.decode(told.value or b"")
    assert isinstance(message, spine.Activity)
    assert message.came_from is not None
    origin = msgspec.structs.replace(message.came_from, **nowhere)
    value = spine.encode(msgspec.structs.replace(message, came_from=origin))
    town.logs.replace(told, value=value)
    assert "phantom" in judged(town.logs).anomalies


def test_a_history_with_its_own_times_leaves_the_same_logs_as_events_that_lay_there() -> None:
    waited = overtaken_by_a_deadline(HELD_BACK_MS + MINUTE_MS, 1_000)
    waited.work()
    town, due = Town(), NOON + 1 + 14 * DAY_MS
    town.produce([form(WOKEN, NOON + 1)])
    town.come_to_rest()
    town.now = due + 1_000
    town.come_to_rest()
    before, town.now = town.now, due - HELD_BACK_MS - MINUTE_MS
    town.produce([call(WOKEN, town.now)])
    town.now = before
    town.work()
    assert town.logs.records == waited.logs.records


@pytest.mark.parametrize(
    "stamped_before_ms, late_ms",
    [(HELD_BACK_MS - MINUTE_MS, 1_000), (HELD_BACK_MS + MINUTE_MS, SURELY_GATED_MS + MINUTE_MS)],
    ids=["a producer may have held it back", "the gate has given up"],
)
def test_an_event_that_may_have_come_later_was_not_overtaken(
    stamped_before_ms: int, late_ms: int
) -> None:
    town = overtaken_by_a_deadline(stamped_before_ms, late_ms)
    town.work()
    assert (names(town.logs), judged(town.logs).overtaken) == (set(), 0)


def test_an_event_that_comes_behind_later_ones_of_its_lane_was_not_overtaken() -> None:
    town = overtaken_by_a_deadline(HELD_BACK_MS + MINUTE_MS, 1_000)
    place = next(
        one
        for one, held in town.logs.records.items()
        if one.topic == name_of("call-disposition") and held
    )
    waiting = town.logs.records[place].pop()
    town.produce([form(f"another {n}", town.now) for n in range(16)])
    town.work()
    town.logs.records[place].append(waiting)
    town.work()
    assert (names(town.logs), judged(town.logs).overtaken) == (set(), 0)
