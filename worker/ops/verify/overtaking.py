"""Events that may have lain on an input when a deadline of their lead came due, and were relayed behind it.

The gate lets a deadline go once intake has passed what the inputs held, or after ten minutes. A log shows when a record
was stamped, not when it was written: a producer may hold it back, or stamp it with a time of its own. So one is noted
only if it is stamped more than five minutes before the deadline was due, and if its lane of intake had not yet relayed
anything that happened later than that: what lies on the inputs is relayed in the order of the stamps. Even so it is a
figure and no anomaly: a history that is brought in with its own times, behind a deadline and onto a quiet partition,
leaves the very same logs.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from schemas.spine import Activity, CameFrom
from topics.catalogue import ACCOUNT_ACTIVITY
from worker.lane.processor import Record, TopicPartition
from worker.ops.verify.findings import Findings
from worker.ops.verify.logs import Logs

SURELY_GATED_MS = 590_000
"""A deadline that was written later than this may have been let go without intake: ten minutes, less a little."""
HELD_BACK_MS = 300_000
"""How long a producer holds a record back at most (two minutes by default), and how far apart clocks may be."""
MOST_DEADLINES = 50_000
"""Of one partition, the latest, that are remembered."""
MOST_SUSPECTS = 1_000
"""Records of inputs that are read again; of more events nothing is told."""


class Overtaken(NamedTuple):
    """A message behind a deadline of its lead that happened before that was due."""

    came_from: CameFrom
    due: int
    where: str


class Overtaking:
    """Watches one partition of the spine."""

    def __init__(self, suspects: list[Overtaken]) -> None:
        """Begins; adds to `suspects`."""
        self._suspects = suspects
        self._due: OrderedDict[bytes, int] = OrderedDict()
        self._furthest: dict[int, int] = {}
        """When the latest happened of what each lane of intake has relayed."""

    def reached(self, record: Record, due: int) -> None:
        """Notes a deadline that took effect."""
        key = record.key or b""
        self._due.pop(key, None)
        if record.timestamp_ms - due < SURELY_GATED_MS:
            self._due[key] = due
            if len(self._due) > MOST_DEADLINES:
                self._due.popitem(last=False)

    def relayed(self, record: Record, message: Activity) -> None:
        """Looks at an activity that is applied."""
        origin, furthest = message.came_from, self._furthest
        if origin is None or origin.topic == ACCOUNT_ACTIVITY.name:
            return
        passed = furthest.get(origin.partition, 0)
        due = self._due.get(record.key or b"")
        if due is not None and passed < due and message.at < due:
            where = f"{record.topic}/{record.partition} offset {record.offset}"
            if len(self._suspects) < MOST_SUSPECTS:
                self._suspects.append(Overtaken(origin, due, where))
        if message.at > passed:
            furthest[origin.partition] = message.at


async def note_overtaken(
    logs: Logs,
    suspects: Sequence[Overtaken],
    ends: Mapping[TopicPartition, int],
    findings: Findings,
) -> None:
    """Notes those suspects that were stamped long enough before their lead's deadline was due.

    `ends` are those of the inputs: of an origin elsewhere, a phantom, nobody is asked.
    """
    for origin, due, where in suspects:
        place = TopicPartition(origin.topic, origin.partition)
        if origin.offset >= ends.get(place, 0):
            continue
        if origin.offset < (await logs.beginnings([place]))[place]:
            continue
        async for records in logs.read(place, origin.offset, origin.offset + 1):
            for record in records:
                if 0 <= record.timestamp_ms < due - HELD_BACK_MS:
                    lay = f"{place.topic}/{place.partition} offset {origin.offset} may have lain there"
                    findings.overtaken.append(f"{where}: {lay} when its deadline was due, {due}")
