"""Whether the topics of a processor are there and fit together."""

from __future__ import annotations

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
    topics = [*processor.inputs, processor.changelog]
    counts = await log.partitions(topics)
    missing = sorted(topic for topic, count in counts.items() if not count)
    if missing:
        raise TopicsDoNotFit(f"missing: {', '.join(missing)}")
    own = counts[processor.changelog]
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
    if processor.transactional:
        await check_made_for(log, processor.changelog, own)
    return own


async def check_still_fits(log: Log, processor: Processor[S], lanes: int) -> None:
    """Raises `TopicsDoNotFit` where partitions were added under running lanes."""
    found = await check_topics(log, processor)
    if found != lanes:
        raise TopicsDoNotFit(f"{processor.changelog} had {lanes} partitions and now has {found}")
