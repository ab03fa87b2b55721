"""What came out, in figures: computed from topics alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import quantiles

import orjson

from schemas import spine
from worker.lane.processor import Record
from worker.ops.demo.logs import Logs

Place = tuple[str, int, int]
"""Topic, partition and offset of a record."""


@dataclass(frozen=True)
class Summary:
    """Counts by what an operator asks for first; statuses in the order of the policy."""

    input_records: int
    spine_messages: int
    deadlines: int
    leads: int
    funnel: dict[str, int]
    handoffs: dict[str, int]
    refusals: dict[str, int]
    dead_letters: dict[str, int]
    contactability: dict[str, int]
    handed_over: int
    """Handoffs by the team that warms leads up to another one."""
    rejected: int
    """Changes to a status of phase D1: sent back before engagement."""

    @property
    def accepted(self) -> int:
        """Handed over less rejected: a number, never a status."""
        return self.handed_over - self.rejected


def summary_of(logs: Logs, statuses: Iterable[str]) -> Summary:
    """Count what the topics hold."""
    messages = [spine.decode(record.value or b"") for record in logs.spine]
    reached = Counter(_current_statuses(logs.records["leads.status-change.v1"]).values())
    return Summary(
        input_records=sum(1 for _ in logs.inputs),
        spine_messages=len(messages),
        deadlines=sum(isinstance(message, spine.DeadlineReached) for message in messages),
        leads=len({record.key for record in logs.spine}),
        funnel={status: reached[status] for status in statuses},
        handoffs=_counted(logs.records["leads.handoff.v1"], "kind"),
        refusals=_counted(logs.records["leads.refusal.v1"], "code"),
        dead_letters=_by_frequency(
            record.header("lead-router-error-code").decode() for record in logs.dead_letters
        ),
        contactability=_counted(logs.records["leads.contactability.v1"], "reason"),
        handed_over=_handed_over(logs.records["leads.handoff.v1"]),
        rejected=_counted(logs.records["leads.status-change.v1"], "to_phase").get("D1", 0),
    )


def latencies_ms(logs: Logs, arrivals: Mapping[Place, int]) -> list[int]:
    """Return for each outcome that was seen to arrive (UTC ms) how long ago its event had been produced."""
    produced_at = {_place(record): record.timestamp_ms for record in logs.inputs}
    told_at: dict[tuple[bytes | None, str, str], int] = {}
    for record in logs.spine:
        message = spine.decode(record.value or b"")
        if isinstance(message, spine.Activity) and message.came_from is not None:
            origin = message.came_from
            place = (origin.topic, origin.partition, origin.offset)
            cause = (record.key, message.source, message.event_id)
            if place in produced_at:  # else an account says it
                told_at.setdefault(cause, produced_at[place])
    found = []
    for record in logs.outcomes:
        arrived_at = arrivals.get(_place(record))
        value = orjson.loads(record.value or b"")
        produced = told_at.get((record.key, value["cause"]["source"], value["cause"]["event_id"]))
        conflict = value.get("code") == "event.conflict"  # its event bears the id of an older one
        if arrived_at is not None and produced is not None and not conflict:
            found.append(arrived_at - produced)
    return found


def events_per_second(logs: Logs, until_ms: int) -> float:
    """Return how fast the events before `until_ms` went from the first relayed to the last outcome."""
    relayed = [record.timestamp_ms for record in logs.spine if record.timestamp_ms < until_ms]
    published = [
        record.timestamp_ms
        for record in logs.outcomes
        if record.timestamp_ms < until_ms and b'"type":"deadline"' not in (record.value or b"")
    ]
    took_ms = max(relayed + published, default=0) - min(relayed, default=0)
    return len(relayed) / took_ms * 1_000 if took_ms else 0.0


def percentiles(values: list[int]) -> tuple[float, float] | None:
    """Return the median and the 99th percentile, None of fewer than two values."""
    if len(values) < 2:  # noqa: PLR2004  what `quantiles` needs
        return None
    cuts = quantiles(values, n=100, method="inclusive")
    return cuts[49], cuts[98]


def _current_statuses(changes: Iterable[Record]) -> dict[tuple[bytes | None, str], str]:
    current = {}
    for record in changes:
        change = orjson.loads(record.value or b"")
        current[record.key, change["product"]] = change["to_status"]
    return current


def _counted(records: Iterable[Record], field: str) -> dict[str, int]:
    return _by_frequency(orjson.loads(record.value or b"")[field] for record in records)


def _handed_over(handoffs: Iterable[Record]) -> int:
    values = (orjson.loads(record.value or b"") for record in handoffs)
    return sum(value["from_team"] == "marketing" != value["to_team"] for value in values)


def _by_frequency(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items(), key=lambda entry: (-entry[1], entry[0])))


def _place(record: Record) -> Place:
    return record.topic, record.partition, record.offset
