"""What the topics of a run hold, counted by what a run has to show; and deadlines that nobody has let go."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from schemas import spine
from schemas.spine import Activity, DeadlineReached
from tests.faults.proof.campaign import Happened, Left
from topics.catalogue import DEAD_LETTER, OUTCOMES, RAW, SPINE, lifecycle_changelog, name_of
from worker.lane.clock import wall_ms
from worker.lane.processor import LANE_OWN, Record, due_of
from worker.stream.reader import consumer, read_partition, read_topic
from worker.stream.settings import Settings

OVERDUE_MS = 10_000
"""What guarantees allow after an outage."""
OVERDUE_LOOKS = 10
MARKERS = 2


@dataclass
class Evidence:
    """Counts."""

    messages: Counter[str] = field(default_factory=Counter)
    """On the spine, by type."""
    bodies: Counter[str] = field(default_factory=Counter)
    """Of vendors, by topic."""
    dead_letters: Counter[str] = field(default_factory=Counter)
    """By code."""
    refusals: Counter[str] = field(default_factory=Counter)
    """By code."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """By topic."""
    of_deadlines: Counter[str] = field(default_factory=Counter)
    """Those that a deadline led to, by topic."""
    policies: Counter[str] = field(default_factory=Counter)
    """Outcomes by the version of the policy they were decided under."""
    due_in_outages: list[int] = field(default_factory=list)
    """Of each time that nobody was at work, the deadlines that came due in it and were let go later."""
    redelivered: int = 0
    """Outcomes of what was to be read again when the policy was changed, under the one that was in force before."""
    compacted: int = 0
    """Holes in the changelog of leads that compaction has left."""
    overdue: list[str] = field(default_factory=list)
    """Leads whose deadline nobody lets go, though everything has healed."""


async def evidence_of(settings: Settings, happened: Happened) -> Evidence:
    """Reads the topics once, after everything has healed."""
    found, causes, due = Evidence(), set(), list[int]()
    async for record in read_topic(settings, SPINE.name):
        message = spine.decode(record.value or b"")
        found.messages[type(message).__name__] += 1
        if isinstance(message, Activity):
            versions = _versions_before(happened.left, record)
            causes |= {(record.key, message.event_id, version) for version in versions}
        if isinstance(message, DeadlineReached):
            due.append(message.due)
    found.due_in_outages = [
        sum(start < one < end for one in due) for start, end in happened.outages
    ]
    for topic in RAW:
        found.bodies[topic.name] = len([1 async for _ in read_topic(settings, topic.name)])
    async for record in read_topic(settings, DEAD_LETTER.name):
        found.dead_letters[record.header("lead-router-error-code").decode()] += 1
    for topic in OUTCOMES:
        async for record in read_topic(settings, topic.name):
            value: dict[str, Any] = orjson.loads(record.value or b"")
            found.outcomes[topic.name] += 1
            found.of_deadlines[topic.name] += value["cause"]["type"] == "deadline"
            version = value["policy"]["version"]
            found.policies[version] += 1
            found.redelivered += (record.key, value["cause"]["event_id"], version) in causes
            if topic.name == name_of("refusal"):
                found.refusals[value["code"]] += 1
    found.compacted = await _holes(settings)
    found.overdue = await overdue(settings)
    return found


async def _holes(settings: Settings) -> int:
    """Counts holes of more than the markers of two transactions, which may stand side by side."""
    changelog, holes = lifecycle_changelog(settings.application_id).name, 0
    async with consumer(settings, isolation="read_uncommitted") as client:
        for partition in range(settings.partitions):
            after = 0
            async for record in read_partition(client, changelog, partition):
                holes += record.offset > after + MARKERS
                after = record.offset + 1
    return holes


def _versions_before(left: Sequence[Left], record: Record) -> set[str]:
    """Returns under which policies a message was to be read again when they were changed."""
    return {
        one.version
        for one in left
        if one.partition == record.partition and one.start <= record.offset < one.end
    }


async def overdue(settings: Settings) -> list[str]:
    """Returns the leads that are due for too long, after some looks: the last of them may be on their way."""
    late: list[str] = []
    for _look in range(OVERDUE_LOOKS):
        late = await due_between(settings, 0, wall_ms() - OVERDUE_MS)
        if not late:
            break
        await asyncio.sleep(1)
    return late


async def due_between(settings: Settings, since_ms: int, until_ms: int) -> list[str]:
    """Returns the leads that wait for a time between two (UTC ms), as the changelog has them now."""
    last: dict[bytes, bytes | None] = {}
    async for record in read_topic(settings, lifecycle_changelog(settings.application_id).name):
        last[record.key or b""] = record.value
    return [
        f"{key.decode()}, due {due_of(value)}"
        for key, value in last.items()
        if value is not None
        and not key.startswith(LANE_OWN)
        and since_ms <= due_of(value) < until_ms
    ]
