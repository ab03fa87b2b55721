"""Does what came out agree with what went in? Judged from topics alone.

Accounted: every item of the inputs, by origin, is where `admit` says it belongs: on the spine, a dead letter, or
ignored. Retold: the spine, told again to the policy without a broker, gives the outcome topics byte for byte, in
order. Accounts: the same for what is said between leads and accounts (`account_oracle`). Order: leads whose events
stand on the spine in another order than they were produced are counted, not judged: vendors' bodies say nothing of
their leads' partitions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import msgspec
import orjson

from schemas.account_log import Membership
from worker.lane.processor import Origin, Record
from worker.ops.demo.account_oracle import disagreements
from worker.ops.demo.logs import Logs

Fate = Literal["spine", "account-log", "dead-letter", "ignored"]
Admit = Callable[[Record], Iterable[tuple[int, Fate]]]
"""Says for each item of a record, by its place, where it belongs."""


class Outcome(NamedTuple):
    """An outcome as it stands on its topic, or as it is retold."""

    topic: str
    key: bytes
    value: bytes

    @property
    def event_id(self) -> str:
        """The id that consumers deduplicate by."""
        event_id: str = orjson.loads(self.value)["event_id"]
        return event_id


class _Sent(msgspec.Struct):
    """As much of an internal message as the oracle reads: where it came from, if from an input."""

    came_from: tuple[str, int, int, int] | None = None


_decode_sent = msgspec.json.Decoder(_Sent).decode


@dataclass(frozen=True, slots=True)
class Anomaly:
    """What is wrong, by its name, and where."""

    name: str
    where: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How much was looked at, what is wrong, and which leads' events overtook each other."""

    items: int
    outcomes: int
    anomalies: tuple[Anomaly, ...]
    overtaken: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """True if nothing is wrong, and there was something to look at."""
        return not self.anomalies and self.items > 0 and self.outcomes > 0


class Retold(NamedTuple):
    """What the spine leads to when it is told again."""

    outcomes: Iterable[Outcome]
    memberships: Iterable[Membership]


def verdict_of(logs: Logs, admit: Admit, retold: Retold) -> Verdict:
    """Judge what the topics hold."""
    fates = {
        Origin(record.topic, record.partition, record.offset, item): fate
        for record in logs.inputs
        for item, fate in admit(record)
    }
    for record in logs.account_activity:
        fates[Origin(record.topic, record.partition, record.offset, 0)] = "spine"
    published = [Outcome(o.topic, o.key or b"", o.value or b"") for o in logs.outcomes]
    anomalies = (
        *_unaccounted(logs, fates),
        *_misplaced(logs),
        *_differences(published, retold.outcomes),
        *(Anomaly(name, where) for name, where in disagreements(logs, retold.memberships)),
    )
    return Verdict(len(fates), len(published), anomalies, tuple(sorted(_overtaken(logs))))


def _unaccounted(logs: Logs, fates: dict[Origin, Fate]) -> Iterator[Anomaly]:
    """Look for items that are not where they belong, and for those that come from nowhere."""
    found: dict[Fate, set[Origin]] = {
        "spine": {origin for _, origin in _told(logs.spine)},
        "account-log": {origin for _, origin in _told(logs.account_log)},
        "dead-letter": {_origin_of(record) for record in logs.dead_letters},
        "ignored": set(),
    }
    for origin, fate in fates.items():
        places = {place for place, origins in found.items() if origin in origins}
        if places != ({fate} if fate != "ignored" else set()):
            where = (
                f"{_text(origin)} belongs: {fate}, found: {', '.join(sorted(places)) or 'nowhere'}"
            )
            yield Anomaly("unaccounted", where)
    for place, origins in found.items():
        yield from (Anomaly("phantom", f"{place}: {_text(o)}") for o in origins - fates.keys())


def _misplaced(logs: Logs) -> Iterator[Anomaly]:
    """Look for outcomes on another partition than their lead's activities."""
    home = {record.key: record.partition for record in logs.spine}
    for record in logs.outcomes:
        if record.partition != home.get(record.key):
            yield Anomaly("misplaced", f"{record.topic}/{record.partition} offset {record.offset}")


def _differences(published: Iterable[Outcome], retold: Iterable[Outcome]) -> Iterator[Anomaly]:
    """Compare outcomes per topic and lead: the same ids, the same bytes, the same order."""
    expected, actual = _by_lead(retold), _by_lead(published)
    for lead in expected.keys() | actual.keys():
        yield from _difference(expected[lead], actual[lead])


def _difference(expected: list[Outcome], actual: list[Outcome]) -> Iterator[Anomaly]:
    if expected == actual:
        return
    wanted = {outcome.event_id: outcome for outcome in expected}
    seen: dict[str, Outcome] = {}
    for outcome in actual:
        event_id = outcome.event_id
        where = f"{outcome.topic} {event_id}"
        if event_id in seen:
            same = seen[event_id] == outcome
            yield Anomaly("duplicate-effect" if same else "divergent-duplicate", where)
        elif event_id not in wanted:
            yield Anomaly("phantom", where)
        elif wanted[event_id] != outcome:
            yield Anomaly("divergent", where)
        seen.setdefault(event_id, outcome)
    for event_id, outcome in wanted.items():
        if event_id not in seen:
            yield Anomaly("lost", f"{outcome.topic} {event_id}")
    if len(actual) == len(expected) and seen.keys() == wanted.keys() and list(seen) != list(wanted):
        yield Anomaly("reordered", f"{actual[0].topic} {actual[0].key.decode()}")


def _overtaken(logs: Logs) -> Iterator[str]:
    """Yield the leads whose events stand on the spine in another order than they were produced."""
    produced_at = {(r.topic, r.partition, r.offset): r.timestamp_ms for r in logs.inputs}
    latest: dict[bytes, int] = {}
    overtaken: set[bytes] = set()
    first_told: set[Origin] = set()
    for lead, origin in _told(logs.spine):
        at = produced_at.get(origin[:3])
        if at is None or origin in first_told:
            continue
        first_told.add(origin)
        if at < latest.get(lead, 0):
            overtaken.add(lead)
        latest[lead] = max(at, latest.get(lead, 0))
    return (lead.decode() for lead in overtaken)


def _told(messages: Iterable[Record]) -> Iterator[tuple[bytes, Origin]]:
    """Yield key and origin of each message that came from an input."""
    for record in messages:
        came_from = _decode_sent(record.value or b"").came_from
        if came_from is not None:
            yield record.key or b"", Origin(*came_from)


def _origin_of(dead_letter: Record) -> Origin:
    header = dead_letter.header
    return Origin(
        header("__connect.errors.topic").decode(),
        int(header("__connect.errors.partition")),
        int(header("__connect.errors.offset")),
        int(header("lead-router-item")),
    )


def _by_lead(outcomes: Iterable[Outcome]) -> defaultdict[tuple[str, bytes], list[Outcome]]:
    grouped: defaultdict[tuple[str, bytes], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        grouped[outcome.topic, outcome.key].append(outcome)
    return grouped


def _text(origin: Origin) -> str:
    return f"{origin.topic}/{origin.partition} offset {origin.offset} item {origin.item}"
