"""Whether the topics of a processor are there and fit together, and how many lanes they have room for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from worker.lane.birth import check_made_for
from worker.lane.errors import PositionsTooNarrow, TopicsDoNotFit
from worker.lane.log import Log
from worker.lane.processor import Processor

S = TypeVar("S")


class TopicsUnknown(Exception):
    """Topics that were there before are not known: a broker that has just come back may have to hear of them first."""


class PartitionsAdded(Exception):
    """More was dealt than there was room for at the last look; who joins anew looks again."""


class Fit(Generic[S]):
    """The topics of one processor.

    The inputs of a relay share no state: its positions topic only needs a partition for each number, and may be given
    more of them at any time.
    """

    def __init__(self, log: Log, processor: Processor[S]) -> None:
        self.lanes = 0
        """How many there may be; 0 before the first look."""
        self.waits_for = "the broker"
        """What there has to be before anybody joins, in words."""
        self._log = log
        self._processor = processor

    async def check(self) -> None:
        """Raises `TopicsDoNotFit` if shared state is partitioned unlike or a topic is missing.

        `TopicsUnknown` if all of them were there before.
        """
        counts = await self._counts()
        missing = ", ".join(sorted(topic for topic, count in counts.items() if not count))
        self.waits_for = f"the broker to know {missing}" if missing else "the broker"
        if missing and self.lanes:
            raise TopicsUnknown
        if missing:
            raise TopicsDoNotFit(f"missing: {missing}")
        own = counts[self._processor.changelog]
        self._check_counts(counts, own)
        if self._processor.transactional:
            await check_made_for(self._log, self._processor.changelog, own)
        self.lanes = own

    async def check_still(self) -> None:
        """Raises `TopicsDoNotFit` where partitions were added under running lanes.

        A topic that is not there proves nothing: a broker that has just come back may not know it yet.
        """
        counts = await self._counts()
        there = {topic: count for topic, count in counts.items() if count}
        changelog = self._processor.changelog
        own = there.get(changelog, self.lanes)
        if own != self.lanes and self._processor.transactional:
            raise TopicsDoNotFit(f"{changelog} had {self.lanes} partitions and now has {own}")
        self._check_counts(there, own)
        self.lanes = max(own, self.lanes)

    async def _counts(self) -> Mapping[str, int]:
        return await self._log.partitions([*self._processor.inputs, self._processor.changelog])

    def _check_counts(self, counts: Mapping[str, int], own: int) -> None:
        changelog = self._processor.changelog
        if self._processor.transactional:
            if wrong := {topic: count for topic, count in counts.items() if count != own}:
                raise TopicsDoNotFit(
                    f"{changelog} has {own} partitions, so its inputs may have exactly {own}: {wrong}"
                )
        elif wider := {topic: count for topic, count in counts.items() if count > own}:
            raise PositionsTooNarrow(
                f"{changelog} has {own} partitions, and needs as many as its widest input: {wider}"
            )
