"""Which deadlines have fired, as the topics have it, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

import orjson

from schemas import spine
from schemas.instant import EPOCH, instant_of
from schemas.spine import DeadlineReached
from tests.faults.deadlines.crowd import Due
from tests.faults.overload.sums import quantile
from topics.catalogue import SPINE, name_of
from worker.stream.reader import read_topic
from worker.stream.settings import Settings

MILLISECOND = timedelta(milliseconds=1)
NAMED = 3
"""So many are named of what is wrong."""


class Topics(NamedTuple):
    """What the topics say: when each deadline fired (UTC ms, its writer's clock), and how often it was let go."""

    fired: Mapping[Due, Sequence[int]]
    written: Mapping[Due, Sequence[int]]


async def told(settings: Settings) -> Topics:
    """Reads what fired from the outcomes, and what was let go from the spine."""
    fired: dict[Due, list[int]] = {}
    written: dict[Due, list[int]] = {}
    async for record in read_topic(settings, name_of("status-change")):
        value: dict[str, Any] = orjson.loads(record.value or b"")
        if value["cause"]["type"] == "deadline":
            due_ms = (instant_of(value["cause"]["occurred_at"]) - EPOCH) // MILLISECOND
            fired.setdefault(Due(value["lead_id"], due_ms), []).append(record.timestamp_ms)
    async for record in read_topic(settings, SPINE.name):
        message = spine.decode(record.value or b"")
        if isinstance(message, DeadlineReached):
            due = Due((record.key or b"").decode(), message.due)
            written.setdefault(due, []).append(record.timestamp_ms)
    return Topics(fired, written)


def wrong(name: str, expected: set[Due], topics: Topics) -> Iterator[str]:
    """Yields what is wrong with the deadlines of one crowd: each has to fire once, and none before its time."""
    fired = {due: times for due, times in topics.fired.items() if due.lead.startswith(f"{name}-")}
    yield from _named(f"{name}: never fired", expected - fired.keys())
    yield from _named(f"{name}: fired for no reason", fired.keys() - expected)
    yield from _named(f"{name}: fired twice", [due for due in fired if len(fired[due]) > 1])
    early = [
        due for due, times in topics.written.items() if due in expected and min(times) < due.due_ms
    ]
    yield from _named(f"{name}: let go early", early)


def _named(what: str, found: Iterable[Due]) -> Iterator[str]:
    if some := sorted(found):
        yield f"{what}: {len(some)}, such as {', '.join(f'{one.lead} {one.due_ms}' for one in some[:NAMED])}"


@dataclass(frozen=True)
class Lateness:
    """How many fired, how long (seconds) after they were due or could be, and at what pace (deadlines a second)."""

    fired: int
    p50: float
    p99: float
    most: float
    per_second: float


def lateness(expected: Iterable[Due], topics: Topics, since_ms: int = 0) -> Lateness:
    """Returns how late deadlines fired, counted from their due time or from `since_ms`, whichever is later."""
    times = [(topics.fired[due][0], due.due_ms) for due in expected if due in topics.fired]
    late = [max(at - max(due, since_ms), 0) / 1000 for at, due in times]
    if not late:
        return Lateness(0, 0.0, 0.0, 0.0, 0.0)
    took = (max(at for at, _ in times) - min(at for at, _ in times)) / 1000
    pace = round(len(late) / max(took, 1.0), 1)
    return Lateness(len(late), quantile(late, 0.5), quantile(late, 0.99), max(late), pace)
