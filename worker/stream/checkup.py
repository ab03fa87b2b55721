"""What is wrong with an installation, seen from outside: what `lead-router doctor` says.

Everything is read, nothing written. Each thing is said as soon as it is found; what may be on its way at the moment, in
a cluster that is at work, is looked at again before. What cannot be looked at is left out, and that is said too.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import get_args

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from schemas.dead_letter import DeadLetterCode
from topics.catalogue import DEAD_LETTER, OUTCOMES, accounts_changelog, lifecycle_changelog
from worker.lane.clock import wall_ms
from worker.lane.errors import NotAllowed
from worker.lane.kafka.group import GroupUnknown, Members, members_of
from worker.lane.kafka.log import KafkaLog
from worker.lane.processor import Record
from worker.lifecycle.language.plan import Policy
from worker.stream.admin import admin, in_danger, inspected
from worker.stream.burial import ERROR_CODE
from worker.stream.changelogs import Lanes, processors_of
from worker.stream.connection import BrokerTrouble, connection, reaching
from worker.stream.finding import Finding, finding, of_topic, refused
from worker.stream.lag import Lag, lag_reader
from worker.stream.reader import consumer, read_span
from worker.stream.settings import Settings

BEHIND_SECONDS = 60
"""What is promised after a fault heals; older unread messages are news."""
COORDINATOR_SECONDS = 10.0
"""A broker that has just come back loads what it knows of groups within this."""
LOOK_SECONDS = 0.5
"""Between two looks at what may be on its way."""
BEAT_SECONDS = 2.0
"""How much later than it should a busy worker may write its offsets."""
HOUR_MS = 3_600_000
_CODES = frozenset(code.encode() for code in get_args(DeadLetterCode))


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at: an installation, its topics with their partitions, and the policy that is loaded here."""

    settings: Settings
    partitions: Mapping[str, int]
    policy: Policy
    say: Callable[[str], None]
    """Hears what is being looked at."""


async def findings(
    settings: Settings, policy: Policy, say: Callable[[str], None] = lambda _: None
) -> AsyncGenerator[Finding, None]:
    """Yields what is wrong, once each; `policy` is the one that is loaded here.

    BrokerTrouble at the end where something could not be asked, and at once where nobody can be.
    """
    try:
        topics = await inspected(settings)
    except BrokerTrouble as error:
        yield _of_rights(error)
        return
    for difference in topics.differences:
        yield of_topic(difference)
    if not topics.partitions:
        return
    subject = Subject(settings, topics.partitions, policy, say)
    told: set[Finding] = set()
    troubles: dict[str, None] = {}
    looks = (_of_copies, _of_groups, _of_lag, _of_changelogs, _of_transactions, _of_dead_letters)
    for look in looks:
        try:
            async for found in _as_far_as_allowed(look(subject)):
                if found not in told:
                    told.add(found)
                    yield found
        except BrokerTrouble as error:
            troubles[str(error)] = None
    if troubles:
        raise BrokerTrouble("; ".join(troubles))


async def _as_far_as_allowed(look: AsyncIterator[Finding]) -> AsyncIterator[Finding]:
    """Yields what a look finds, and where it may not look further, that."""
    try:
        async for found in look:
            yield found
    except BrokerTrouble as error:
        yield _of_rights(error)


def _of_rights(trouble: BrokerTrouble) -> Finding:
    """Returns that we may not look, if that is the trouble; else raises it."""
    if not isinstance(trouble.__cause__, NotAllowed):
        raise trouble
    return refused(trouble.__cause__)


async def _of_copies(subject: Subject) -> AsyncIterator[Finding]:
    """Yields where one broker of several may take along what was acknowledged."""
    subject.say("the copies of the topics")
    for danger in await in_danger(subject.settings):
        yield finding("durability", danger)


async def _of_groups(subject: Subject) -> AsyncIterator[Finding]:
    """Yields the groups that nobody is in, and those whose members have been started with other policies."""
    settings = subject.settings
    for group in (settings.intake_group, settings.lifecycle_group, settings.accounts_group):
        subject.say(f"the group {group}")
        async with admin(settings) as client:
            members = await _members(client, group)
        if not members:
            yield finding("group", f"nobody is in the group {group}")
        if len(policies := set(members.policies() or ())) > 1:
            told = " and ".join(sorted(policy or "one they do not tell" for policy in policies))
            yield finding("PoliciesDiffer", f"members of {group} have the policies {told}")


async def _members(client: AIOKafkaAdminClient, group: str) -> Members:
    """Returns the members of a group, also where its coordinator has to load them first."""
    clock = asyncio.get_running_loop().time
    given_up = clock() + COORDINATOR_SECONDS
    while True:
        try:
            return await members_of(client, group)
        except (GroupUnknown, GroupCoordinatorNotAvailableError) as error:
            if clock() > given_up:
                raise BrokerTrouble(f"nobody knows the members of {group}") from error
        await asyncio.sleep(LOOK_SECONDS)


async def _of_lag(subject: Subject) -> AsyncIterator[Finding]:
    """Yields the partitions on which nobody gets on: what was unread at the first look still is at the last.

    Groups commit their offsets anew within `offsets_again_seconds`, also where a tool has moved them.
    """
    subject.say("lag")
    clock = asyncio.get_running_loop().time
    async with lag_reader(subject.settings) as reader:
        stuck = {_place(lag): lag for lag in await reader.read() if _is_stuck(lag)}
        given_up = clock() + subject.settings.limits.offsets_again_seconds + BEAT_SECONDS
        while stuck and clock() < given_up:
            await asyncio.sleep(LOOK_SECONDS)
            stuck = {
                place: stuck[place]
                for lag in await reader.read()
                if (place := _place(lag)) in stuck
                and _is_stuck(lag)
                and (lag.committed or 0) < stuck[place].end
            }
    for lag in stuck.values():
        yield finding(
            "lag",
            f"{lag.group} is {lag.messages} messages behind on {lag.topic}/{lag.partition},"
            f" the oldest of them {lag.seconds:.0f} s old",
        )


def _place(lag: Lag) -> tuple[str, str, int]:
    return lag.group, lag.topic, lag.partition


def _is_stuck(lag: Lag) -> bool:
    return lag.messages > 0 and lag.seconds > BEHIND_SECONDS


async def _of_changelogs(subject: Subject) -> AsyncIterator[Finding]:
    """Yields what is wrong with what lanes keep."""
    settings, partitions = subject.settings, subject.partitions
    async with reaching(settings):
        log = KafkaLog(connection(settings), settings.limits)
        try:
            for processor in processors_of(settings.application_id, partitions, subject.policy):
                lanes = Lanes(log, processor, partitions, settings.limits)
                for number in lanes.numbers():
                    subject.say(f"{processor.changelog} partition {number}")
                    async for found in lanes.findings(number):
                        yield found
        finally:
            await log.close()


async def _of_transactions(subject: Subject) -> AsyncIterator[Finding]:
    """Yields partitions whose readers have waited at one place for longer than a lane lets a transaction last."""
    subject.say("open transactions")
    names = [topic.name for topic in OUTCOMES]
    names += [lifecycle_changelog(subject.settings.application_id).name]
    names += [accounts_changelog(subject.settings.application_id).name]
    places = [
        TopicPartition(name, number)
        for name in names
        for number in range(subject.partitions.get(name, 0))
    ]
    limits, clock = subject.settings.limits, asyncio.get_running_loop().time
    async with (
        consumer(subject.settings) as committed,
        consumer(subject.settings, isolation="read_uncommitted") as written,
    ):
        before = await committed.end_offsets(places)
        ends = await written.end_offsets(places)
        waiting = [place for place in places if before[place] < ends[place]]
        given_up = clock() + limits.transaction_seconds * limits.transaction_share
        while waiting and clock() < given_up:
            await asyncio.sleep(LOOK_SECONDS)
            after = await committed.end_offsets(waiting)
            waiting = [place for place in waiting if after[place] == before[place]]
    for place in waiting:
        yield finding(
            "transaction",
            f"{place.topic}/{place.partition} has an open transaction that does not end: its readers wait",
        )


async def _of_dead_letters(subject: Subject) -> AsyncIterator[Finding]:
    """Yields the dead letters of the last hour, by code."""
    subject.say("dead letters")
    count = subject.partitions.get(DEAD_LETTER.name, 0)
    places = [TopicPartition(DEAD_LETTER.name, number) for number in range(count)]
    codes: Counter[str] = Counter()
    async with consumer(subject.settings) as client:
        since = await client.offsets_for_times(dict.fromkeys(places, wall_ms() - HOUR_MS))
        ends = await client.end_offsets(places)
        for place, found in since.items():
            if found is not None:
                client.assign([place])
                client.seek(place, found.offset)
                async for records in read_span(client, place, ends[place]):
                    codes.update(map(_code_of, records))
    for code, letters in sorted(codes.items()):
        yield finding("dead-letters", f"{letters} dead letters of the last hour say {code}")


def _code_of(letter: Record) -> str:
    """Returns the code of a dead letter; whatever else a stranger wrote there stays unsaid."""
    code = letter.header(ERROR_CODE)
    return code.decode() if code in _CODES else "no code that is known"
