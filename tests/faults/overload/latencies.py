"""How long lanes have the events that come to them, as the logs have it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import inf
from typing import Any, NamedTuple

import orjson

from schemas import spine
from schemas.spine import AccountAnswered, Activity
from tests.faults.overload.sums import Found, quantile
from tests.faults.proof.crew import Lane
from topics.catalogue import OUTCOMES, RELAYED, SPINE
from worker.stream.reader import read_topic
from worker.stream.settings import Settings

LEAST_SEEN = 100
"""The 99th percentile of fewer is their maximum, and 0 s of none."""


class Leg(NamedTuple):
    """What a lane did with an event: when it came to the lane, and when it was passed on or answered (UTC ms)."""

    lane: Lane
    came_ms: int
    went_ms: int


async def legs(settings: Settings) -> list[Leg]:
    """Returns what lanes did: of intake with every event, of leads with those that led to an outcome, by its first.

    An event comes to intake when it is to be sent: where the sender is late, so is the event. Events that could not be
    decided before an account had answered are left out, since that answer may have to come from one who is dead.
    """
    produced = await _produced(settings)
    found: list[Leg] = []
    relayed: dict[tuple[str, str], tuple[Lane, int]] = {}
    answers: dict[str, list[int]] = {}
    async for record in read_topic(settings, SPINE.name):
        message, lead = spine.decode(record.value or b""), (record.key or b"").decode()
        if isinstance(message, AccountAnswered):
            answers.setdefault(lead, []).append(record.timestamp_ms)
        if isinstance(message, Activity) and (origin := message.came_from) is not None:
            event = lead, message.event_id
            if event not in relayed:
                relayed[event] = ("lifecycle", record.partition), record.timestamp_ms
                at_ms = produced[origin.topic, origin.partition, origin.offset]
                found.append(Leg(("intake", origin.partition), at_ms, record.timestamp_ms))
    for topic in OUTCOMES:
        async for record in read_topic(settings, topic.name):
            value: dict[str, Any] = orjson.loads(record.value or b"")
            event = value["lead_id"], value["cause"]["event_id"]
            if event in relayed:
                leg = Leg(*relayed.pop(event), record.timestamp_ms)
                if not waited(leg, answers.get(event[0], [])):
                    found.append(leg)
    return found


async def _produced(settings: Settings) -> dict[tuple[str, int, int], int]:
    """Returns when each record of the inputs was to be sent (UTC ms), by its topic, partition and offset."""
    return {
        (record.topic, record.partition, record.offset): record.timestamp_ms
        for topic in RELAYED
        async for record in read_topic(settings, topic.name)
    }


def waited(leg: Leg, answers_ms: Iterable[int]) -> bool:
    """Tells whether an account's answer came for the lead (UTC ms) while a lane had the event."""
    return any(leg.came_ms <= at_ms <= leg.went_ms for at_ms in answers_ms)


def took(
    seen: Iterable[Leg], processor: str, within_ms: tuple[int, int], lanes: Collection[Lane]
) -> list[float]:
    """Returns how long (seconds) these lanes of a processor had what came to them between two times."""
    since_ms, until_ms = within_ms
    return [
        (leg.went_ms - leg.came_ms) / 1000
        for leg in seen
        if leg.lane[0] == processor and leg.lane in lanes and since_ms <= leg.came_ms < until_ms
    ]


def noted(found: Found, where: str, seconds: Sequence[float], most: float = inf) -> float:
    """Notes the 99th percentile, which is amiss beyond so much and lacks too few events, and returns it."""
    found.need(f"events, {where}", len(seconds), least=LEAST_SEEN)
    slow = quantile(seconds, 0.99)
    found.expect(f"seconds, p99, {where}", slow, most=most)
    return slow


def hottest(counts: Mapping[str, int]) -> tuple[str, float]:
    """Returns the lead of which there is most, and its share of all."""
    lead = max(counts, key=lambda name: counts[name])
    return lead, counts[lead] / sum(counts.values())
