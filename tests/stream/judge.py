"""The oracle of the toys: reads logs alone, tells every life again, and names what is wrong.

lost, reordered: an input is not on the spine, in order, by origin; torn, doubled, phantom, divergent: the outputs are
not those of the spine told again; stale: the changelog is not its last state; overdue: a deadline has not fired.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.stream.toys import Count, Counter, Names
from worker.lane.processor import LANE_OWN, Headers, Record

Logs = Mapping[str, Sequence[Record]]
"""What a read_committed reader finds, by topic, partition by partition in the order of offsets."""


class Retelling:
    """A stage without a lane: state in a dict, outcomes in a list."""

    def __init__(self, partition: int) -> None:
        self.partition = partition
        self.states: dict[bytes, Count] = {}
        self.sent: list[tuple[bytes | None, bytes | None]] = []
        self._seen: dict[tuple[str, int], tuple[int, int]] = {}

    def read(self, key: bytes) -> Count | None:
        return self.states.get(key)

    def write(self, key: bytes, state: Count) -> None:
        self.states[key] = state

    def erase(self, key: bytes) -> None:
        del self.states[key]

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Headers = (),
        partition: int | None = None,
    ) -> None:
        self.sent.append((key, value))

    def first_time(self, origin: tuple[str, int, int, int]) -> bool:
        topic, partition, offset, item = origin
        last = self._seen.get((topic, partition), (-1, -1))
        self._seen[topic, partition] = max(last, (offset, item))
        return last < (offset, item)


def judge(names: Names, logs: Logs, now_ms: int = 0) -> list[str]:
    """Returns what is wrong, in words; nothing if every promise was kept."""
    return [*_relayed(names, logs), *_retold(names, logs, now_ms)]


def by_partition(records: Sequence[Record]) -> dict[int, list[Record]]:
    parts: dict[int, list[Record]] = {}
    for record in records:
        parts.setdefault(record.partition, []).append(record)
    return parts


def _relayed(names: Names, logs: Logs) -> list[str]:
    """Each input partition's records reach each spine partition once and in order, repeats aside."""
    wrong = []
    wanted: dict[tuple[str, int, int], list[int]] = {}
    for topic in names.inputs:
        for record in logs[topic]:
            source = (topic, record.partition, names.place(record.key or b""))
            wanted.setdefault(source, []).append(record.offset)
    got: dict[tuple[str, int, int], list[int]] = {}
    for record in logs[names.spine]:
        body = json.loads(record.value or b"")
        if "origin" in body:
            topic, partition, offset, _ = body["origin"]
            seen = got.setdefault((topic, partition, record.partition), [])
            if not seen or offset > seen[-1]:
                seen.append(offset)
    for source, offsets in wanted.items():
        found = got.pop(source, [])
        if found != offsets:
            missing = sorted(set(offsets) - set(found))
            wrong.append(f"lost or reordered from {source}: {len(missing)} e.g. {missing[:5]}")
    return wrong + [f"phantom origin {source}" for source in got]


def _retold(names: Names, logs: Logs, now_ms: int) -> list[str]:
    """Outputs and states are those of the spine told again."""
    wrong = []
    counter = Counter(names)
    said, states = by_partition(logs[names.out]), by_partition(logs[names.changelog])
    for partition, spine in by_partition(logs[names.spine]).items():
        stage: Any = Retelling(partition)
        for record in spine:
            counter.fold(record, stage)
        found = [(record.key, record.value) for record in said.pop(partition, [])]
        if found != stage.sent:
            wrong.append(_difference(partition, stage.sent, found))
        latest = {
            record.key: counter.decode(record.value)
            for record in states.get(partition, [])
            if record.key and record.value and not record.key.startswith(LANE_OWN)
        }
        if latest != stage.states:
            wrong.append(f"stale state in partition {partition}")
        overdue = sorted(key for key, state in latest.items() if state.due <= now_ms)
        if overdue:
            wrong.append(f"overdue in partition {partition}: {overdue[:5]}")
    return wrong + [f"phantom outputs in partition {partition}" for partition in said]


def _difference(partition: int, wanted: Sequence[Any], found: Sequence[Any]) -> str:
    lost = [one for one in wanted if one not in set(found)]
    more = len(found) - len(set(found))
    return (
        f"partition {partition}: wanted {len(wanted)} outcomes, found {len(found)};"
        f" lost {len(lost)} e.g. {lost[:3]}, doubled {more}"
    )
