"""The demo's oracle agrees with what a worker would have written, and names what is wrong with anything else."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import msgspec
import pytest

from schemas import account_log, spine
from schemas.account_log import AccountMessage, TurnCame
from schemas.spine import CameFrom
from topics.catalogue import (
    ACCOUNT_ACTIVITY,
    ACCOUNT_LOG,
    DEAD_LETTER,
    INPUTS,
    OUTCOMES,
    RAW,
    SPINE,
    kind_of,
)
from worker.accounts.records import Kept
from worker.accounts.relate import relate
from worker.intake.admit import admit
from worker.intake.items import AccountHeard, Admitted, DeadLetter
from worker.lane.processor import Record
from worker.ops.demo.judging import judged, line_of, retold
from worker.ops.demo.logs import Logs
from worker.ops.replay import Replay
from worker.ops.simulation import Simulation
from worker.ops.traffic import history
from worker.presets import load
from worker.stream.burial import dead_letter_of
from worker.stream.partitioner import partition_of

PARTITIONS = 4
NOW = 1_790_000_000_000
POLICY = "inside-sales"


class Topics:
    """Topics in memory: offsets are given in the order of writing."""

    def __init__(self) -> None:
        names = [
            topic.name
            for topic in (
                *INPUTS,
                *RAW,
                SPINE,
                ACCOUNT_LOG,
                ACCOUNT_ACTIVITY,
                *OUTCOMES,
                DEAD_LETTER,
            )
        ]
        self.records: dict[str, list[Record]] = {name: [] for name in names}
        self._ends: Counter[tuple[str, int]] = Counter()
        self._replay = Replay(Simulation(load(POLICY)))
        self._accounts: list[dict[bytes, Kept | None]] = [{} for _ in range(PARTITIONS)]

    def tell(self, lead: bytes, message: spine.Relayed) -> None:
        """Writes a message onto the spine, and all that follows from it between the lead and its account."""
        home = partition_of(lead, PARTITIONS)
        record = self.write(Record(SPINE.name, home, 0, NOW, lead, spine.encode(message)))
        known = len(self._replay.memberships)
        self._replay.tell(line_of(record))
        for membership in self._replay.memberships[known:]:
            self.say(membership.account_id.encode(), membership)

    def say(self, account: bytes, message: AccountMessage) -> None:
        """Writes a message onto the account-log, and all that follows from it."""
        home = partition_of(account, PARTITIONS)
        self.write(Record(ACCOUNT_LOG.name, home, 0, NOW, account, account_log.encode(message)))
        related = relate(self._accounts[home].get, message)
        self._accounts[home] |= related.records
        for lead_id, told in related.told:
            lead, value = lead_id.encode(), spine.encode(told)
            said = self.write(Record(ACCOUNT_ACTIVITY.name, home, 0, NOW, lead, value))
            came_from = CameFrom(ACCOUNT_ACTIVITY.name, home, said.offset, 0)
            self.tell(lead, msgspec.structs.replace(told, came_from=came_from))
        if related.goes_on:
            self.say(account, TurnCame())

    def write(self, record: Record) -> Record:
        place = (record.topic, record.partition)
        written = msgspec.structs.replace(record, offset=self._ends[place])
        self._ends[place] += 1
        self.records[record.topic].append(written)
        return written

    def write_outcomes(self, messages: Iterable[Record]) -> None:
        for topic, key, value in retold(messages, POLICY):
            self.write(Record(topic, partition_of(key, PARTITIONS), 0, NOW, key, value))


def worked_off(leads: int = 150) -> Topics:
    """Returns what the topics hold when a worker has done its work, one lane after the other."""
    topics = Topics()
    for produced in history(7, leads, NOW):
        topic, key, value, headers, timestamp_ms = produced
        partition = partition_of(key, PARTITIONS)
        record = topics.write(Record(topic, partition, 0, timestamp_ms, key, value, headers))
        for item in admit(kind_of(topic), value, headers, timestamp_ms):
            if isinstance(item, DeadLetter):
                buried = dead_letter_of(record, item)
                topics.write(Record(DEAD_LETTER.name, partition, 0, NOW, *buried))
            elif isinstance(item, Admitted):
                came_from = CameFrom(topic, partition, record.offset, item.item)
                message = msgspec.structs.replace(item.activity, came_from=came_from)
                topics.tell(item.lead_id.encode(), message)
            elif isinstance(item, AccountHeard):
                came_from = CameFrom(topic, partition, record.offset, item.item)
                update = msgspec.structs.replace(item.update, came_from=came_from)
                topics.say(item.account_id.encode(), update)
    return topics


@pytest.fixture(scope="module")
def honest() -> dict[str, list[Record]]:
    topics = worked_off()
    topics.write_outcomes(topics.records[SPINE.name])
    return topics.records


def names(records: dict[str, list[Record]]) -> set[str]:
    return {anomaly.name for anomaly in judged(Logs(records), POLICY).anomalies}


def changed(
    records: dict[str, list[Record]], topic: str, change: dict[int, list[Record]]
) -> dict[str, list[Record]]:
    """Returns the same topics, with some records of one, by their place in the list, replaced."""
    kept = [
        one for place, record in enumerate(records[topic]) for one in change.get(place, [record])
    ]
    return {**records, topic: kept}


def two_of_one_lead(records: list[Record]) -> tuple[int, int]:
    """Returns the places of two records that follow each other in one lead's life."""
    before: dict[bytes | None, int] = {}
    for place, record in enumerate(records):
        if record.key in before:
            return before[record.key], place
        before[record.key] = place
    raise AssertionError("every lead has one record at most")


def test_what_a_worker_writes_agrees(honest: dict[str, list[Record]]) -> None:
    verdict = judged(Logs(honest), POLICY)
    assert verdict.anomalies == ()
    assert verdict.agrees
    assert verdict.items > 500
    assert verdict.outcomes > 100


def test_nothing_at_all_does_not_agree() -> None:
    assert not judged(Logs(Topics().records), POLICY).agrees


def test_a_spine_record_that_was_dropped_is_named(honest: dict[str, list[Record]]) -> None:
    assert "unaccounted" in names(changed(honest, SPINE.name, {5: []}))


def test_an_outcome_that_was_doubled_is_named(honest: dict[str, list[Record]]) -> None:
    topic = "leads.status-change.v1"
    twice = honest[topic][3]
    assert names(changed(honest, topic, {3: [twice, twice]})) == {"duplicate-effect"}


def test_a_position_that_was_skipped_is_named() -> None:
    topics = worked_off()
    messages = topics.records[SPINE.name]
    told = defaultdict(list)
    for message in messages:
        told[message.key].append(message)
    skipped = next(life[0] for life in told.values() if len(life) > 5)
    topics.write_outcomes(message for message in messages if message is not skipped)
    assert names(topics.records) & {"lost", "divergent"}


def test_a_dead_letter_that_is_missing_is_named(honest: dict[str, list[Record]]) -> None:
    assert names(changed(honest, DEAD_LETTER.name, {0: []})) == {"unaccounted"}


def test_a_member_nobody_told_the_account_of_is_named(honest: dict[str, list[Record]]) -> None:
    log = honest[ACCOUNT_LOG.name]
    joined = next(n for n, record in enumerate(log) if b"member-joined" in (record.value or b""))
    assert "memberships" in names(changed(honest, ACCOUNT_LOG.name, {joined: []}))


def test_what_an_account_should_have_said_is_named(honest: dict[str, list[Record]]) -> None:
    told = honest[ACCOUNT_ACTIVITY.name]
    update = next(n for n, record in enumerate(told) if b"account-update" in (record.value or b""))
    found = names(changed(honest, ACCOUNT_ACTIVITY.name, {update: []}))
    assert found == {"account-told", "phantom"}


def test_an_account_that_speaks_twice_is_named(honest: dict[str, list[Record]]) -> None:
    told = honest[ACCOUNT_ACTIVITY.name]
    twice = changed(honest, ACCOUNT_ACTIVITY.name, {0: [told[0], told[0]]})
    assert names(twice) == {"account-told"}


def test_outcomes_in_another_order_are_named(honest: dict[str, list[Record]]) -> None:
    topic = "leads.status-change.v1"
    changes = honest[topic]
    first, second = two_of_one_lead(changes)
    swapped = {first: [changes[second]], second: [changes[first]]}
    assert names(changed(honest, topic, swapped)) == {"reordered"}


def test_an_outcome_from_nowhere_is_named(honest: dict[str, list[Record]]) -> None:
    topic = "leads.status-change.v1"
    other = msgspec.structs.replace(honest[topic][0], key=honest[topic][-1].key)
    assert "phantom" in names(changed(honest, topic, {0: [honest[topic][0], other]}))


def test_leads_whose_events_overtook_each_other_are_counted(
    honest: dict[str, list[Record]],
) -> None:
    messages = honest[SPINE.name]
    first, second = two_of_one_lead(messages)
    swapped = {first: [messages[second]], second: [messages[first]]}
    before = judged(Logs(honest), POLICY).overtaken
    after = judged(Logs(changed(honest, SPINE.name, swapped)), POLICY).overtaken
    assert len(after) >= len(before)
    assert (messages[first].key or b"").decode() in after
