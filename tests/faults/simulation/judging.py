"""What is wrong with a life that is over, by `lead-router verify` on logs in memory, and what its topics hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence

import orjson

from schemas import spine
from schemas.spine import DeadlineReached, PolicyInForce
from tests.faults.simulation.virtual import WAITING_MS
from tests.faults.simulation.workers import SEATS_A_TURN
from tests.faults.simulation.world import APPLICATION, World
from topics.catalogue import DEAD_LETTER, OUTCOMES, SPINE
from worker.lane.memory.cluster import Cluster
from worker.lane.processor import Record, TopicPartition
from worker.ops.verify.course import Course
from worker.ops.verify.known import Known
from worker.ops.verify.report import Report, report_of
from worker.stream.burial import ERROR_CODE

OUTCOME_NAMES = frozenset(topic.name for topic in OUTCOMES)


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

    async def stable_ends(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Returns the same."""
        return await self.ends(places)

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
    course = Course(Logs(world.cluster), APPLICATION, None, Known(seats_a_turn=SEATS_A_TURN))
    await course.run()
    return report_of(course)


def happened(world: World) -> Counter[str]:
    """Counts what the topics hold: messages by type, dead letters and refusals by code, all else by topic."""
    found: Counter[str] = Counter()
    for place, partition in sorted(world.cluster.partitions.items()):
        records = partition.read(0, 1 << 40)[0]
        found[place.topic] += len(records)
        found["a policy changed"] += len(_policies(place, records)) > 1
        found["a wait over"] += _waits_over(place, records)
        for record in records:
            if place.topic == SPINE.name:
                found[type(spine.decode(record.value or b"")).__name__] += 1
            elif place.topic == DEAD_LETTER.name:
                found[record.header(ERROR_CODE).decode()] += 1
            elif place.topic in OUTCOME_NAMES:
                value = orjson.loads(record.value or b"")
                found[f"policy {value['policy']['version']}"] += 1
                found[value.get("code", "")] += 1
                found[f"{place.topic} of a deadline"] += value["cause"]["type"] == "deadline"
    return found


def _waits_over(place: TopicPartition, records: Sequence[Record]) -> int:
    """Counts deadlines on a partition of the spine that let go what waited for an account, as its time says."""
    came = {(one.key, one.timestamp_ms) for one in records if place.topic == SPINE.name}
    told = ((one.key, spine.decode(one.value or b"")) for one in records if came)
    return sum(
        isinstance(message, DeadlineReached) and (key, message.due - WAITING_MS) in came
        for key, message in told
    )


def _policies(place: TopicPartition, records: Sequence[Record]) -> set[str]:
    """Returns what came into force on a partition of the spine."""
    told = (spine.decode(one.value or b"") for one in records if place.topic == SPINE.name)
    return {one.digest for one in told if isinstance(one, PolicyInForce)}
