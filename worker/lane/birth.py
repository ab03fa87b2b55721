"""The record with which a lane's changelog begins: that it was made, for how many partitions, in which format.

It is written, and acknowledged, before a lane says or sends anything else. So a changelog without records, beside
records that only this application writes, is not new: it was emptied, or made anew under its name.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from worker.lane.ends import known_ends
from worker.lane.errors import ChangelogLost, TopicsDoNotFit, WrittenByNewer
from worker.lane.log import Log
from worker.lane.processor import LANE_OWN, Processor, TopicPartition

S = TypeVar("S")

BIRTH_KEY = LANE_OWN + b"birth"


class Birth(msgspec.Struct, frozen=True):
    """For how many partitions the changelog was made, and the newest format that its records may have."""

    partitions: int
    format: int


_decode = msgspec.json.Decoder(Birth).decode


def birth_record(birth: Birth) -> tuple[bytes, bytes]:
    """Returns the changelog record (key, value) of a birth."""
    return BIRTH_KEY, msgspec.json.encode(birth)


def birth_of(value: bytes) -> Birth:
    """Returns what such a record holds."""
    return _decode(value)


def check_birth(processor: Processor[S], partitions: int, found: Birth) -> None:
    """Raises `WrittenByNewer` or `TopicsDoNotFit` where a changelog is not one to go on with."""
    if found.format > processor.format:
        raise WrittenByNewer(
            f"{processor.changelog} holds records of format {found.format}, this worker reads up to"
            f" {processor.format}: run the newer version again"
        )
    _check_partitions(processor.changelog, partitions, found)


def check_whole(changelog: TopicPartition, beginning: int) -> None:
    """Raises `ChangelogLost` where a changelog no longer begins where it began."""
    if beginning > 0:
        raise ChangelogLost(
            f"{changelog.topic} partition {changelog.partition} lacks what was before {beginning}: only compaction may"
            " take from it"
        )


async def check_untold(log: Log, processor: Processor[S], partition: int) -> None:
    """Raises `ChangelogLost` if what this application writes is there though its changelog is empty."""
    for topic in processor.traces:
        if await log.find(TopicPartition(topic, partition), processor.is_trace) is not None:
            raise ChangelogLost(
                f"{processor.changelog} partition {partition} is empty though {topic} holds what was written with it:"
                " it was emptied or made anew"
            )


async def check_made_for(log: Log, changelog: str, partitions: int) -> None:
    """Raises `TopicsDoNotFit` if a changelog was made for fewer partitions than it has.

    Asks for its ends, and looks into it only where some partitions are empty and others are not. One that has no
    leader keeps nobody from the others.
    """
    places = [TopicPartition(changelog, number) for number in range(partitions)]
    ends = await known_ends(log, places)
    used = [place for place, end in ends.items() if end]
    if not used or len(used) == len(ends):
        return
    first = await log.find(used[0], lambda _: True)
    if first is None or first.key != BIRTH_KEY or first.value is None:
        return
    _check_partitions(changelog, partitions, birth_of(first.value))


def _check_partitions(changelog: str, partitions: int, found: Birth) -> None:
    if found.partitions != partitions:
        raise TopicsDoNotFit(
            f"{changelog} was made for {found.partitions} partitions and now has {partitions}:"
            " keys would find other partitions than their state"
        )
