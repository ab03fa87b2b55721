"""A death at every place that a worker passes: before each of its requests, after each was applied, at each fail point.

Or it freezes there, and thaws once another of its role has had its lanes for a while.

The same short life each time: a worker of one role begins alone, another of its role joins it and leaves, which gives
it lanes to recover from compacted topics, a third joins, and it is asked to end. It dies at one of the places that it
passes on that way; everybody else goes on. Deadlines come due on that way: many at first, and one on a lane that it
has recovered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from tests.faults.simulation.acts import TAKEN_OVER_SECONDS, damage
from tests.faults.simulation.bodies import ANYWHERE
from tests.faults.simulation.crew import Crew
from tests.faults.simulation.folding import TellingLog
from tests.faults.simulation.life import LIMITS, Life
from tests.faults.simulation.outcome import Outcome
from tests.faults.simulation.virtual import in_virtual_time
from tests.faults.simulation.workers import TOGETHER, Parts, Worker
from tests.faults.simulation.world import Broker

ROLES = (TOGETHER, *((one,) for one in TOGETHER))
"""Everything in one process, and each processor alone."""
SEED = 12
LEADS = 25
SECONDS = 6.0
APART_SECONDS = 2.5
"""Between one thing that happens and the next."""


class Point(NamedTuple):
    """Where a worker of a role dies: the number of the place on its way, counted from 1, and the place."""

    role: tuple[str, ...]
    number: int
    place: str


def died(point: Point) -> Outcome:
    """Returns what comes of a death there."""
    return in_virtual_time(_life(point.role, point.number))


def froze(point: Point, broker: type[Broker] = Broker) -> Outcome:
    """Returns what comes of it where the worker only freezes there until others have come further."""
    return in_virtual_time(_life(point.role, point.number, broker, freezes=True))


def points_of(role: tuple[str, ...]) -> list[Point]:
    """Returns all places that a worker of a role passes that is left alone."""
    outcome = in_virtual_time(_life(role, None))
    own = [line.split(maxsplit=2) for line in outcome.trace]
    places = [what for _, who, what in own if who == WATCHED and not what.startswith(_NO_PLACES)]
    return [Point(role, number, place) for number, place in enumerate(places, 1)]


def first_and_last(points: list[Point]) -> Iterator[Point]:
    """Yields of each place the first passing and the last."""
    first: dict[str, Point] = {}
    last: dict[str, Point] = {}
    for point in points:
        first.setdefault(point.place, point)
        last[point.place] = point
    yield from sorted({*first.values(), *last.values()})


WATCHED = "w1"
_NO_PLACES = (
    *("starts", "is asked", "has ended", "died", "froze", "thaws", "gave up", "gate gave up"),
    *(f"{role} {what}" for role in TOGETHER for what in ("dropped", "lane", "trouble")),
)
"""How what is told of a worker begins that is no place."""


def _outlived(crew: Crew, worker: Worker, how: str) -> None:
    """Freezes a worker for longer than its session, and has another of its role come."""
    crew.freeze(worker, how, TAKEN_OVER_SECONDS)
    crew.later(0, lambda: crew.hire(worker.only))


async def _life(
    role: tuple[str, ...],
    number: int | None,
    broker: type[Broker] = Broker,
    *,
    freezes: bool = False,
) -> Outcome:
    life = Life(SEED, Parts(log=TellingLog), LIMITS, broker)
    try:
        crew = life.crew
        life.begin(LEADS, SECONDS)
        damage(crew)
        watched = crew.hire(role)
        if number is not None:
            watched.body.ends_at[ANYWHERE] = number
        if freezes:
            watched.body.fate = partial(_outlived, crew, watched)
        crew.hire_missing()
        await asyncio.sleep(APART_SECONDS)
        newcomer = crew.hire(role)
        await asyncio.sleep(APART_SECONDS)
        life.world.compact()
        newcomer.stop()
        await asyncio.sleep(APART_SECONDS)
        crew.hire()
        await asyncio.sleep(APART_SECONDS)
        watched.stop()
        await asyncio.sleep(APART_SECONDS)
        while watched.body.frozen:
            await asyncio.sleep(APART_SECONDS)
        await life.heal()
        await life.end()
        return await life.judged(traced=True)
    finally:
        life.wind_up()
