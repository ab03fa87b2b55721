"""Notices what goes wrong silently on the way from the broker: records that do not come, and records that are gone.

A group may also refuse a member that waits to be dealt its share. Nobody asks for records then, and would hear of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from worker.lane.ends import settled_ends
from worker.lane.errors import InputRecreated, InputTruncated
from worker.lane.inputs import check_same
from worker.lane.limits import Limits
from worker.lane.log import Chunk, Log, Source
from worker.lane.processor import Processor, TopicPartition
from worker.lane.watch import Watch

S = TypeVar("S")


class Behind(NamedTuple):
    """A position that lies before the end, and since when it is known not to have moved (the loop's clock)."""

    position: int
    since: float


class FetchStalled(Exception):
    """A partition holds records that have not come for a whole interval."""


class Refused(FetchStalled):
    """The group does not take this member."""


def check_position(place: TopicPartition, position: int, end: int) -> None:
    """Raises `InputRecreated` where a position lies beyond the end of its partition."""
    if position > end:
        raise InputRecreated(
            f"{place.topic} partition {place.partition} ends at {end} and was read up to {position}: it was made anew"
        )


def reads_all(processor: Processor[S], limits: Limits) -> bool:
    """Returns whether nothing may be missing of the inputs: a relay's are others' topics, with a retention."""
    return processor.transactional and not limits.losses_accepted


def check_kept(place: TopicPartition, position: int, begin: int) -> None:
    """Raises `InputTruncated` where a position lies before the beginning of its partition."""
    if position < begin:
        raise InputTruncated(
            f"{place.topic} partition {place.partition} was read up to {position} and begins at {begin}: what was"
            " between is deleted"
        )


class InputGuard:
    """Compares, at long intervals, where lanes stand with what their inputs hold."""

    def __init__(
        self, log: Log, source: Source, watch: Watch, processor: Processor[S], limits: Limits
    ) -> None:
        self._log = log
        self._source = source
        self._watch = watch
        self._name = processor.name
        self._holds_all = reads_all(processor, limits)
        self._again_seconds = limits.ask_again_seconds
        self._stall_seconds = limits.stall_seconds
        self.ids: Mapping[str, str] = {}
        self._behind: dict[TopicPartition, Behind] = {}
        self._gaps: dict[TopicPartition, int] = {}

    async def begin(self, topics: Collection[str]) -> None:
        """Notes which topics the inputs are; `InputRecreated` if they were others before."""
        ids = await self._log.ids(topics)
        check_same(self.ids, ids)
        self.ids = {**self.ids, **ids}

    def saw(self, chunk: Chunk) -> None:
        """Notes a chunk whose first record comes late: over markers, or over what retention has deleted unread.

        One without records has moved over either.
        """
        if not chunk.records or chunk.records[0].offset > chunk.start:
            self._gaps.setdefault(chunk.place, chunk.start)

    async def look(
        self,
        positions: Mapping[TopicPartition, int],
        absent: Mapping[TopicPartition, int] = MappingProxyType({}),
        queued: Collection[TopicPartition] = (),
    ) -> None:
        """Tells of records that retention deleted unread, and raises what is wrong with the inputs.

        `Refused`: the group does not take this member. `InputRecreated`: a topic has another id, or ends before a
        position; positions are asked before ends, so that is no race. `InputTruncated`: what had to be read is deleted.
        `FetchStalled`: for so long a position behind its end has not moved, though nothing of it is queued
        and no quota has held the client. `absent` are positions of inputs that were not dealt.
        """
        if (refused := self._source.refused()) is not None:
            self._behind = {}
            raise Refused from refused
        if self.ids:
            check_same(self.ids, await self._log.ids(self.ids))
        await self._look_for(absent)
        now, still = asyncio.get_running_loop().time(), self._still_behind(positions, queued)
        self._behind = {}
        for place, since in still.items():
            if now - since >= self._stall_seconds:
                raise FetchStalled(f"{place.topic} partition {place.partition}")
        ends = await settled_ends(self._log, list(positions), positions, self._again_seconds)
        for place, end in ends.items():
            check_position(place, positions[place], end)
        if ends and self._holds_all:
            for place, begin in (await self._log.beginnings(list(ends))).items():
                check_kept(place, positions[place], begin)
        self._behind = {
            place: Behind(positions[place], still.get(place, now))
            for place, end in ends.items()
            if positions[place] < end
        }
        await self._tell_truncated(positions.keys() - ends.keys())

    def _still_behind(
        self, positions: Mapping[TopicPartition, int], queued: Collection[TopicPartition]
    ) -> dict[TopicPartition, float]:
        """Returns where nothing has moved since it was behind, and since when that is."""
        return {
            place: seen.since
            for place, seen in self._behind.items()
            if positions.get(place) == seen.position
            and place not in queued
            and self._source.held_until <= seen.since
        }

    async def _look_for(self, absent: Mapping[TopicPartition, int]) -> None:
        """Raises `InputRecreated` where an input that nobody was dealt is there again, and not what it was."""
        if not absent:
            return
        counts = await self._log.partitions({place.topic for place in absent})
        there = [place for place in absent if place.partition < counts.get(place.topic, 0)]
        ends = await settled_ends(self._log, there, absent, self._again_seconds) if there else {}
        for place, end in ends.items():
            check_position(place, absent[place], end)

    async def _tell_truncated(self, leaderless: Collection[TopicPartition]) -> None:
        """Tells what is gone where a chunk came late; what is not answered yet is asked again the next time."""
        asked = [place for place in self._gaps if place not in leaderless]
        gaps = {place: self._gaps.pop(place) for place in asked}
        try:
            beginnings = await self._log.beginnings(asked) if asked else {}
        except BaseException:
            self._gaps.update(gaps)
            raise
        for place, begin in beginnings.items():
            lost = begin - gaps[place]
            if lost > 0:
                self._watch.input_truncated(self._name, place.partition, place.topic, lost)
