"""What is wrong with an installation, seen from outside: what `lead-router doctor` says.

Everything is read, nothing written. A changelog is read once, for the lane's own records and the due times that each
record begins with; no lead is decoded.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.spine import PolicyInForce
from topics.catalogue import (
    ACCOUNT_LOG,
    DEAD_LETTER,
    OUTCOMES,
    SPINE,
    accounts_changelog,
    lifecycle_changelog,
)
from worker.lane.clock import wall_ms
from worker.lane.errors import TopicsDoNotFit
from worker.lane.kafka.group import Members, members_of
from worker.lane.positions import POSITION_KEY, positions_of
from worker.lane.processor import LANE_OWN, due_of
from worker.stream.admin import admin, inspected
from worker.stream.births import check_births
from worker.stream.lag import Lag, lag_reader
from worker.stream.lifecycle import POLICY_KEY, state_of
from worker.stream.reader import consumer, read_partition, read_span
from worker.stream.settings import Settings

BEHIND_SECONDS = 60
"""What is promised after a fault heals; older unread messages are news."""
OVERDUE_MS = 660_000
"""A deadline waits at most ten minutes for what lies on the inputs, and is then written within seconds."""
HANG_SECONDS = 3.0
"""A transaction of a lane that works takes milliseconds; the broker ends one that is open for twenty seconds."""
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: a name for it, what is seen, and what to do."""

    name: str
    seen: str
    todo: str


async def findings(settings: Settings, digest: str) -> AsyncIterator[Finding]:
    """Yields what is wrong; `digest` is the policy's that is loaded here. BrokerTrouble where nobody can be asked."""
    topics = await inspected(settings)
    for fault in topics.faults:
        yield Finding("topics", fault, "`lead-router topics apply` creates what is missing")
    if topics.missing:
        return
    async for found in _of_groups(settings):
        yield found
    async for found in _of_state(settings, topics.partitions, digest):
        yield found
    for place in await _hanging(settings, topics.partitions):
        yield Finding(
            "transaction",
            f"{place.topic}/{place.partition} has an open transaction that does not end: its readers wait",
            "it ends by itself within half a minute, else start the worker whose partition it is",
        )


_RUNBOOK = "README, When something is wrong: {}"


async def _of_groups(settings: Settings) -> AsyncIterator[Finding]:
    """Yields the groups that nobody is in, and the partitions on which nobody gets on."""
    async with lag_reader(settings) as reader:
        lags = await reader.read()
    for group, members in (await _members(settings)).items():
        if not members:
            yield Finding("group", f"nobody is in the group {group}", "`lead-router run`")
        if len(policies := set(members.policies() or ())) > 1:
            told = " and ".join(sorted(policy or "one they do not tell" for policy in policies))
            yield Finding(
                "members",
                f"members of {group} have the policies {told}",
                _RUNBOOK.format("PoliciesDiffer"),
            )
    for lag in filter(_stuck, lags):
        yield Finding("lag", _told(lag), _RUNBOOK.format("lag grows"))


async def _of_state(
    settings: Settings, partitions: Mapping[str, int], digest: str
) -> AsyncIterator[Finding]:
    """Yields what is wrong with changelogs and with what is in them, then the dead letters."""
    try:
        await check_births(settings, partitions)
    except TopicsDoNotFit as error:
        yield Finding("partitions", str(error), _RUNBOOK.format("TopicsDoNotFit"))
    async with consumer(settings) as client:
        for number in range(partitions[SPINE.name]):
            async for found in _of_leads(settings, client, number, digest):
                yield found
        for number in range(partitions[ACCOUNT_LOG.name]):
            place = TopicPartition(accounts_changelog(settings.application_id).name, number)
            async for found in _changelog(client, place, ACCOUNT_LOG.name, {}):
                yield found
        async for found in _dead_letters(client, partitions[DEAD_LETTER.name]):
            yield found


async def _members(settings: Settings) -> Mapping[str, Members]:
    """Returns the members of each group."""
    groups = (settings.intake_group, settings.lifecycle_group, settings.accounts_group)
    async with admin(settings) as client:
        return {name: await members_of(client, name) for name in groups}


def _stuck(lag: Lag) -> bool:
    return lag.messages > 0 and lag.seconds > BEHIND_SECONDS


def _told(lag: Lag) -> str:
    return (
        f"{lag.group} is {lag.messages} messages behind on {lag.topic}/{lag.partition},"
        f" the oldest of them {lag.seconds:.0f} s old"
    )


async def _of_leads(
    settings: Settings, client: AIOKafkaConsumer, number: int, digest: str
) -> AsyncIterator[Finding]:
    """Yields what is wrong with one partition of the leads: changelog, policy in force, deadlines."""
    place = TopicPartition(lifecycle_changelog(settings.application_id).name, number)
    held: dict[bytes, bytes] = {}
    async for found in _changelog(client, place, SPINE.name, held):
        yield found
    overdue = sum(
        due_of(value) < wall_ms() - OVERDUE_MS
        for key, value in held.items()
        if not key.startswith((LANE_OWN, POLICY_KEY))
    )
    if overdue:
        yield Finding(
            "deadlines",
            f"{overdue} leads of partition {number} have a deadline that is more than ten minutes overdue",
            _RUNBOOK.format("lag grows"),
        )
    in_force = state_of(held[POLICY_KEY]) if POLICY_KEY in held else None
    if isinstance(in_force, PolicyInForce) and in_force.digest != digest:
        yield Finding(
            "policy",
            f"partition {number} decides under the policy {in_force.digest}, the one loaded here is {digest}",
            "start every worker with the same LEAD_ROUTER_POLICY; a change takes effect once all of them have it",
        )


async def _changelog(
    client: AIOKafkaConsumer, place: TopicPartition, read: str, held: dict[bytes, bytes]
) -> AsyncIterator[Finding]:
    """Yields what is wrong with one changelog partition against what it was read from; fills in what it holds."""
    async for record in read_partition(client, place.topic, place.partition):
        if record.value is None:
            held.pop(record.key or b"", None)
        else:
            held[record.key or b""] = record.value
    if (await client.beginning_offsets([place]))[place] > 0:
        yield Finding(
            "changelog",
            f"{place.topic}/{place.partition} lacks its beginning: more than compaction has taken from it",
            _RUNBOOK.format("ChangelogLost"),
        )
    source = TopicPartition(read, place.partition)
    end = (await client.end_offsets([source]))[source]
    position = positions_of(held.get(POSITION_KEY, b"{}")).get(read, 0)
    if position > end:
        yield Finding(
            "position",
            f"{read}/{place.partition} ends at {end} and was read up to {position}",
            _RUNBOOK.format("InputRecreated"),
        )


async def _dead_letters(client: AIOKafkaConsumer, partitions: int) -> AsyncIterator[Finding]:
    """Yields the dead letters of the last hour, by code."""
    places = [TopicPartition(DEAD_LETTER.name, number) for number in range(partitions)]
    since = await client.offsets_for_times(dict.fromkeys(places, wall_ms() - HOUR_MS))
    ends = await client.end_offsets(places)
    codes: Counter[str] = Counter()
    for place, found in since.items():
        if found is not None:
            client.assign([place])
            client.seek(place, found.offset)
            async for records in read_span(client, place, ends[place]):
                codes.update(one.header("lead-router-error-code").decode() for one in records)
    for code, count in sorted(codes.items()):
        yield Finding(
            "dead-letters",
            f"{count} dead letters of the last hour say {code}",
            _RUNBOOK.format("dead letters"),
        )


async def _hanging(settings: Settings, partitions: Mapping[str, int]) -> list[TopicPartition]:
    """Returns partitions whose readers have waited at the same place for a while, though there is more."""
    names = [topic.name for topic in OUTCOMES]
    names += [lifecycle_changelog(settings.application_id).name]
    names += [accounts_changelog(settings.application_id).name]
    places = [TopicPartition(name, n) for name in names for n in range(partitions[name])]
    async with (
        consumer(settings) as committed,
        consumer(settings, isolation="read_uncommitted") as written,
    ):
        before = await committed.end_offsets(places)
        ends = await written.end_offsets(places)
        waiting = [place for place in places if before[place] < ends[place]]
        if not waiting:
            return []
        await asyncio.sleep(HANG_SECONDS)
        after = await committed.end_offsets(waiting)
    return [place for place in waiting if after[place] == before[place]]
