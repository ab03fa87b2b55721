"""Whether deadlines have come in time, and behind the events that lay before them, which a log alone does not show.

What counts is when records reached the cluster, not what their writers say of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from schemas import spine
from schemas.spine import AccountAnswered, Activity, DeadlineReached
from tests.faults.simulation.world import APPLICATION, PARTITIONS, World
from topics.catalogue import SPINE, lifecycle_changelog
from worker.lane.limits import Limits
from worker.lane.processor import LANE_OWN, NEVER, Record, TopicPartition, due_of

SKEW_MS = 1_500
"""How far the clocks of workers are wrong at most."""
LATE_MS = 10_000
"""What is promised after an outage. A lane that failed in it opens again within eight of these ten seconds."""
OUT_MS = int(Limits().request_seconds * 1000)
"""How long an outage goes on for who waits for an answer that was lost in it."""


class Wait(NamedTuple):
    """A deadline: since when it was due and its lane had noted it, and until when it had not come (UTC ms)."""

    lead: str
    due_ms: int
    since_ms: int
    until_ms: int

    def late_ms(self, healed_ms: int) -> int:
        """Returns how long it was waited for once everything had healed, 0 where it was not."""
        return max(self.until_ms - max(self.since_ms, healed_ms), 0)


def waits(world: World, over_ms: int) -> Iterator[Wait]:
    """Yields what leads waited for, until it came, they moved on without it, or all was over."""
    for number in range(PARTITIONS):
        reached = _reached(world, TopicPartition(SPINE.name, number))
        changelog = TopicPartition(lifecycle_changelog(APPLICATION).name, number)
        for key, moments in _noted(world, changelog).items():
            before_ms = 0
            for (noted_ms, due), (next_ms, _) in pairwise([*moments, (over_ms, NEVER)]):
                if due != NEVER:
                    times = reached.get((key, due), ())
                    came = [one for one in times if before_ms <= one <= next_ms]
                    until_ms = min(came, default=next_ms)
                    yield Wait(key.decode(), due, max(noted_ms, due), until_ms)
                before_ms = noted_ms


def late(waited: Iterable[Wait], healed_ms: int) -> Iterator[tuple[str, str]]:
    """Yields name and place of deadlines that had not come when they had to, once everything had healed.

    A request that was lost just before takes its twelve seconds, and then deadlines have their ten, and what clocks are
    wrong. In 2,000 lives none took more than 15.5 s.
    """
    for one in waited:
        limit_ms = max(one.since_ms, healed_ms + OUT_MS) + LATE_MS + SKEW_MS
        if one.until_ms > limit_ms:
            where = f"{one.lead}, due {one.due_ms}: not there after {one.late_ms(healed_ms)} ms"
            yield "late-deadline", where


def _reached(world: World, place: TopicPartition) -> dict[tuple[bytes, int], list[int]]:
    """Returns when the messages of each deadline came."""
    found: dict[tuple[bytes, int], list[int]] = {}
    for record in world.cluster.partitions[place].read(0, 1 << 40)[0]:
        message = spine.decode(record.value or b"")
        if isinstance(message, DeadlineReached):
            at_ms = world.came_ms(place, record.offset)
            found.setdefault((record.key or b"", message.due), []).append(at_ms)
    return found


def _noted(world: World, place: TopicPartition) -> dict[bytes, list[tuple[int, int]]]:
    """Returns when the due time of each lead was noted, and what it is; of what was compacted, the last."""
    found: dict[bytes, list[tuple[int, int]]] = {}
    for record in world.cluster.partitions[place].read(0, 1 << 40)[0]:
        key, value = record.key or b"", record.value
        if not key.startswith(LANE_OWN):
            due = NEVER if value is None else due_of(value)
            moments = found.setdefault(key, [])
            if not moments or moments[-1][1] != due:
                moments.append((world.came_ms(place, record.offset), due))
    return found


def overtaken(world: World) -> Iterator[tuple[str, str]]:
    """Yields events that lay on an input when a deadline of their lead came due, and were relayed behind it."""
    for number in range(PARTITIONS):
        place = TopicPartition(SPINE.name, number)
        yield from _overtaken(world, world.cluster.partitions[place].read(0, 1 << 40)[0])


def _overtaken(world: World, records: Sequence[Record]) -> Iterator[tuple[str, str]]:
    reached: dict[bytes, int] = {}
    seen: set[tuple[str, int, int, int]] = set()
    for record in records:
        message, key = spine.decode(record.value or b""), record.key or b""
        if isinstance(message, DeadlineReached):
            reached[key] = max(message.due, reached.get(key, 0))
        elif isinstance(message, Activity | AccountAnswered) and message.came_from is not None:
            origin = message.came_from
            item = (origin.topic, origin.partition, origin.offset, origin.item)
            came_ms = world.written_ms.get(item[:3])
            if item not in seen and came_ms is not None and came_ms < reached.get(key, 0) - SKEW_MS:
                yield "overtaken", f"{item} came before {reached[key]}, and behind its deadline"
            seen.add(item)
