"""Whether inputs still hold what a lane is to read next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from typing import TypeVar

from worker.lane.errors import InputRecreated, InputTruncated, LaneError
from worker.lane.guard import check_kept, check_position
from worker.lane.inputs import check_same
from worker.lane.log import Log
from worker.lane.processor import TopicPartition

E = TypeVar("E", bound=LaneError)
ELECTED_SECONDS = 2.0
"""A broker that has just become a leader may name an end that lies before the true one, for a moment."""


class Unread:
    """The inputs of one lane; `holds_all` where nothing may be missing before what it reads next."""

    def __init__(self, log: Log, read: Mapping[str, str], *, holds_all: bool) -> None:
        self._log = log
        self._read = read
        self._holds_all = holds_all

    async def errors_at(self, positions: Mapping[TopicPartition, int]) -> AsyncIterator[LaneError]:
        """Yields what the lane would end with at these positions."""
        if positions:
            for errors in (
                self._anew(positions),
                self._truncated(positions),
                self._beyond(positions),
            ):
                for error in await errors:
                    yield error

    async def _anew(self, positions: Mapping[TopicPartition, int]) -> list[InputRecreated]:
        read = {
            place.topic: self._read[place.topic] for place in positions if place.topic in self._read
        }
        there = await self._log.ids(read) if read else {}
        return _raised(InputRecreated, lambda: check_same(read, there))

    async def _truncated(self, positions: Mapping[TopicPartition, int]) -> list[InputTruncated]:
        begins = await self._log.beginnings(list(positions)) if self._holds_all else {}
        return [
            error
            for place, begin in begins.items()
            for error in _raised(
                InputTruncated, partial(check_kept, place, positions[place], begin)
            )
        ]

    async def _beyond(self, positions: Mapping[TopicPartition, int]) -> list[InputRecreated]:
        ends = await self._log.ends(list(positions))
        beyond = [place for place, position in positions.items() if position > ends[place]]
        if not beyond:
            return []
        await asyncio.sleep(ELECTED_SECONDS)
        return [
            error
            for place, end in (await self._log.ends(beyond)).items()
            for error in _raised(
                InputRecreated, partial(check_position, place, positions[place], end)
            )
        ]


def _raised(kind: type[E], check: Callable[[], None]) -> list[E]:
    """Returns what a check raises, if it does."""
    try:
        check()
    except kind as error:
        return [error]
    return []
