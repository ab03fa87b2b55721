"""A storm of bad input, one record in ten good: raised hands of new leads among what is nothing but dead letters."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

import orjson

from tests.corpus.cases import cases
from topics.catalogue import name_of
from worker.lane.clock import wall_ms
from worker.lifecycle.calendar import rfc3339
from worker.ops.traffic import Produced

GOOD_IN = 10
"""One of so many is good."""
LARGEST = 8_192
"""Bytes of a bad record: those about size measure the network."""


def traffic(name: str, kind: str, records: int, rate: int) -> Iterator[Produced]:
    """Yields records with the milliseconds at which each is due, from 0 on; the good ones at the same in each kind."""
    bad = cycle(bad_records())
    now = rfc3339(wall_ms())
    for number in range(records):
        at = number * 1000 // rate
        if kind == "all good" or number % GOOD_IN == 0:
            yield raised_hand(f"{name}-{number}", now, at)
        elif kind == "storm":
            yield next(bad)._replace(timestamp_ms=at)


def raised_hand(lead_id: str, occurred_at: str, at: int) -> Produced:
    told = {
        "event_id": "1",
        "occurred_at": occurred_at,
        "lead_id": lead_id,
        "form_id": "contact_us",
    }
    return Produced(name_of("form-submission"), lead_id.encode(), orjson.dumps(told), (), at)


def bad_records() -> list[Produced]:
    """Returns the records of the corpus that are dead letters whole, whenever they are written."""
    return [
        Produced(name_of(case.kind), case.name.encode(), case.value, case.headers, 0)  # type: ignore[arg-type]
        for case in cases()
        if case.value is not None
        and len(case.value) <= LARGEST
        and case.recorded_ms is None
        and not case.strict
        and case.codes
        and len(case.codes) == len(case.items)
    ]
