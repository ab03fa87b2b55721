"""What is wrong with a life that is over: `lead-router verify` on logs in memory, and what deadlines and lag show."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Collection, Iterator, Mapping, Sequence

import orjson

from schemas import spine
from schemas.spine import AccountAnswered, Activity, DeadlineReached, PolicyInForce
from tests.faults.simulation.workers import SEATS_A_TURN
from tests.faults.simulation.world import APPLICATION, World
from topics.catalogue import DEAD_LETTER, OUTCOMES, SPINE, lifecycle_changelog
from worker.lane.memory.cluster import Cluster
from worker.lane.processor import LANE_OWN, Record, TopicPartition, due_of
from worker.ops.verify.course import Course
from worker.ops.verify.report import Report, report_of
from worker.stream.burial import ERROR_CODE

OUTCOME_NAMES = frozenset(topic.name for topic in OUTCOMES)
LATE_MS = 10_000
"""What is promised after an outage."""
SKEW_MS = 1_500
"""How far the clocks of workers are wrong at most."""


class Logs:
    """A cluster in memory, as the verification asks for it."""

    def __init__(self, cluster: Cluster) -> None:
        self._held = cluster.partitions

    async def partitions(self, topics: Collection[str]) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        for place in self._held:
            if place.topic in topics:
                counts[place.topic] = counts.get(place.topic, 0) + 1
        return counts

    async def beginnings(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        return {place: self._held[place].begin for place in places}

    async def ends(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Returns the ends: when a life is over, no transaction is open."""
        return {place: self._held[place].stable_end() for place in places}

    async def offsets_at(
        self, places: Collection[TopicPartition], time_ms: int
    ) -> Mapping[TopicPartition, int]:
        raise NotImplementedError(time_ms)

    async def read(
        self, place: TopicPartition, start: int, end: int
    ) -> AsyncGenerator[Sequence[Record], None]:
        records = [one for one in self._held[place].read(start, 1 << 40)[0] if one.offset < end]
        if records:
            yield records


async def verified(world: World) -> Report:
    """Returns what the verification finds."""
    course = Course(Logs(world.cluster), APPLICATION, None, SEATS_A_TURN)
    await course.run()
    return report_of(course)


def happened(world: World) -> Counter[str]:
    """Counts what the topics hold: messages by type, dead letters and refusals by code, all else by topic."""
    found: Counter[str] = Counter()
    for place, partition in sorted(world.cluster.partitions.items()):
        records = partition.read(0, 1 << 40)[0]
        found[place.topic] += len(records)
        found["a policy changed"] += len(_policies(place, records)) > 1
        for record in records:
            if place.topic == SPINE.name:
                found[type(spine.decode(record.value or b"")).__name__] += 1
            elif place.topic == DEAD_LETTER.name:
                found[record.header(ERROR_CODE).decode()] += 1
            elif place.topic in OUTCOME_NAMES:
                value = orjson.loads(record.value or b"")
                found[f"policy {value['policy']['version']}"] += 1
                found[value.get("code", "")] += 1
    return found


def _policies(place: TopicPartition, records: Sequence[Record]) -> set[str]:
    """Returns what came into force on a partition of the spine."""
    told = (spine.decode(one.value or b"") for one in records if place.topic == SPINE.name)
    return {one.digest for one in told if isinstance(one, PolicyInForce)}


def of_deadlines(world: World, until_ms: int) -> Iterator[tuple[str, str]]:
    """Yields name and place of what is wrong with deadlines, beyond what a log alone can show; workers ended then."""
    yield from _overdue(world, until_ms - LATE_MS - SKEW_MS)
    for place, partition in sorted(world.cluster.partitions.items()):
        if place.topic == SPINE.name:
            yield from _overtaken(world, partition.read(0, 1 << 40)[0])


def _overdue(world: World, limit_ms: int) -> Iterator[tuple[str, str]]:
    changelog = lifecycle_changelog(APPLICATION).name
    for place, partition in sorted(world.cluster.partitions.items()):
        if place.topic != changelog:
            continue
        last = {one.key or b"": one.value for one in partition.read(0, 1 << 40)[0]}
        for key, value in last.items():
            if value is not None and not key.startswith(LANE_OWN) and due_of(value) < limit_ms:
                yield "late-deadline", f"{key.decode()}, due {due_of(value)}: it has not come"


def _overtaken(world: World, records: Sequence[Record]) -> Iterator[tuple[str, str]]:
    """Yields events that lay on an input when a deadline of their lead came due, and were relayed behind it."""
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
