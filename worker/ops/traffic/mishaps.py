"""What goes wrong between a producer and the topic: repeats, conflicts, late arrivals and bytes nobody can read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

import orjson

from worker.ops.traffic.diary import DAY_MS, Body
from worker.ops.traffic.produced import Produced

REPEATED_SHARE = 0.015
CONFLICTING_SHARE = 0.003
LATE_SHARE = 0.01
DAMAGED_SHARE = 0.006
PATIENCE_MS = 60_000
LATEST_MS = 3 * DAY_MS


def gone_wrong(record: Produced, rng: Random) -> Iterator[Produced]:
    """The record as it reaches the topic, and what comes along with it."""
    if rng.random() < LATE_SHARE:
        yield record._replace(
            timestamp_ms=record.timestamp_ms + rng.randrange(PATIENCE_MS, LATEST_MS)
        )
    else:
        yield record
    again = record._replace(timestamp_ms=record.timestamp_ms + rng.randrange(1, PATIENCE_MS))
    if rng.random() < REPEATED_SHARE:
        yield again
    if not record.is_bare:
        return
    if rng.random() < CONFLICTING_SHARE and b'"page_url"' in record.value:
        yield _reworded(again, {"page_url": "https://www.sample.example/elsewhere"})
    if rng.random() < DAMAGED_SHARE:
        yield rng.choice(DAMAGES)(again)


def _reworded(record: Produced, changed: Body) -> Produced:
    return record._replace(value=orjson.dumps({**orjson.loads(record.value), **changed}))


def _without_identity(record: Produced) -> Produced:
    body = orjson.loads(record.value)
    for field in ("lead_id", "email", "phone"):
        body.pop(field, None)
        body.get("fields", {}).pop(field, None)
    return record._replace(value=orjson.dumps(body))


def _without_offset(record: Produced) -> Produced:
    occurred_at: str = orjson.loads(record.value)["occurred_at"]
    return _reworded(record, {"occurred_at": occurred_at.removesuffix("Z")})


def _in_another_envelope(record: Produced) -> Produced:
    return record._replace(headers=(("ce_specversion", b"1.0"), ("ce_id", b"another-id")))


def _in_an_envelope_to_come(record: Produced) -> Produced:
    return record._replace(headers=(("ce_specversion", b"2.0"),))


DAMAGES: tuple[Callable[[Produced], Produced], ...] = (
    lambda record: record._replace(value=b"\xff\xfe" + record.value),
    lambda record: record._replace(value=record.value[: len(record.value) // 2]),
    lambda record: record._replace(value=b'{"twice": 1, "twice": 2}'),
    lambda record: _reworded(record, {"event_id": None}),
    lambda record: _reworded(record, {"occurred_at": "1970-01-01T00:00:00Z"}),
    lambda record: _reworded(record, {"occurred_at": "2999-01-01T00:00:00Z"}),
    _without_offset,
    _without_identity,
    _in_another_envelope,
    _in_an_envelope_to_come,
)
"""One for each way to end as a dead letter."""
