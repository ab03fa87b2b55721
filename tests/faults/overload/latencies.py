"""How long events are on their way, from an input to what they led to, as the logs have it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import inf
from typing import Any, NamedTuple

import orjson

from schemas import spine
from schemas.spine import Activity, CameFrom
from tests.faults.overload.sums import Found, quantile
from tests.faults.proof.crew import Lane
from topics.catalogue import OUTCOMES, RELAYED, SPINE
from worker.stream.reader import read_topic
from worker.stream.settings import Settings

LEAST_SEEN = 100
"""The 99th percentile of fewer is their maximum, and 0 s of none."""


class Passage(NamedTuple):
    """An event that led to something: its lead, its two partitions, when it was produced and answered (UTC ms)."""

    lead: str
    lanes: tuple[Lane, Lane]
    produced_ms: int
    answered_ms: int


async def passages(settings: Settings) -> list[Passage]:
    """Returns every event that led to an outcome, by its first."""
    produced: dict[tuple[str, int, int], int] = {}
    for topic in RELAYED:
        async for record in read_topic(settings, topic.name):
            produced[record.topic, record.partition, record.offset] = record.timestamp_ms
    came: dict[tuple[str, str], tuple[CameFrom, int]] = {}
    async for record in read_topic(settings, SPINE.name):
        message = spine.decode(record.value or b"")
        if isinstance(message, Activity) and message.came_from is not None:
            lead = (record.key or b"").decode()
            came.setdefault((lead, message.event_id), (message.came_from, record.partition))
    found: dict[tuple[str, str], Passage] = {}
    for topic in OUTCOMES:
        async for record in read_topic(settings, topic.name):
            value: dict[str, Any] = orjson.loads(record.value or b"")
            event = value["lead_id"], value["cause"]["event_id"]
            if event in came:
                origin, partition = came[event]
                lanes = ("intake", origin.partition), ("lifecycle", partition)
                at = produced[origin.topic, origin.partition, origin.offset]
                found.setdefault(event, Passage(event[0], lanes, at, record.timestamp_ms))
    return list(found.values())


def took(
    events: Iterable[Passage], since_ms: int, until_ms: int, lanes: Collection[Lane]
) -> list[float]:
    """Returns how long (seconds) events took that were produced between two times and passed these lanes alone."""
    return [
        (one.answered_ms - one.produced_ms) / 1000
        for one in events
        if since_ms <= one.produced_ms < until_ms and set(one.lanes) <= set(lanes)
    ]


def noted(found: Found, where: str, seconds: Sequence[float], most: float = inf) -> float:
    """Notes the 99th percentile, which is amiss beyond so much and lacks too few events, and returns it."""
    found.need(f"events seen {where}", len(seconds), least=LEAST_SEEN)
    slow = quantile(seconds, 0.99)
    found.expect(f"seconds, p99, {where}", slow, most=most)
    return slow


def hottest(counts: Mapping[str, int]) -> tuple[str, float]:
    """Returns the lead of which there is most, and its share of all."""
    lead = max(counts, key=lambda name: counts[name])
    return lead, counts[lead] / sum(counts.values())
