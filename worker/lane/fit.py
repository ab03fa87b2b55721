"""Whether the topics of a processor are there and fit together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from worker.lane.birth import check_made_for
from worker.lane.errors import TopicsDoNotFit
from worker.lane.log import Log
from worker.lane.processor import Processor

S = TypeVar("S")


async def check_topics(log: Log, processor: Processor[S]) -> int:
    """Returns the number of lanes; raises `TopicsDoNotFit` if a topic is missing or shared state partitioned unlike.

    The inputs of a relay share no state: its positions topic only needs a partition for each number.
    """
    counts = await _counts(log, processor)
    missing = sorted(topic for topic, count in counts.items() if not count)
    if missing:
        raise TopicsDoNotFit(f"missing: {', '.join(missing)}")
    own = counts[processor.changelog]
    _check_counts(processor, counts, own)
    if processor.transactional:
        await check_made_for(log, processor.changelog, own)
    return own


async def check_still_fits(log: Log, processor: Processor[S], lanes: int) -> None:
    """Raises `TopicsDoNotFit` where partitions were added under running lanes.

    A topic that is not there proves nothing: a broker that has just come back may not know it yet.
    """
    counts = await _counts(log, processor)
    there = {topic: count for topic, count in counts.items() if count}
    own = there.get(processor.changelog, lanes)
    if own != lanes:
        raise TopicsDoNotFit(f"{processor.changelog} had {lanes} partitions and now has {own}")
    _check_counts(processor, there, lanes)


async def _counts(log: Log, processor: Processor[S]) -> Mapping[str, int]:
    return await log.partitions([*processor.inputs, processor.changelog])


def _check_counts(processor: Processor[S], counts: Mapping[str, int], own: int) -> None:
    wrong = {
        topic: count
        for topic, count in counts.items()
        if (count != own if processor.transactional else count > own)
    }
    if wrong:
        rule = "exactly" if processor.transactional else "at most"
        raise TopicsDoNotFit(
            f"{processor.changelog} has {own} partitions, so its inputs may have {rule} {own}: {wrong}"
        )
