"""What dead letters leave out lies on the inputs still: such a record is read again, and what is kept held against it.

What may be left out follows from the record and the item alone. Of the value, then the headers, then the key so much
stays out that the rest has room: in a record that can be written, and in what all letters of a record may repeat, were
the ones before as large. How many there were before an item's is not known, but not more than items. Bytes are counted
here anew, for how the worker counts them is judged with the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from schemas.spine import CameFrom
from topics.settings import LARGEST_DEAD_LETTER
from worker.lane.processor import Headers, Record, TopicPartition
from worker.ops.verify.decoder.decode import (
    LEFT_OUT_OF_LETTERS,
    OF_LETTERS,
    letter_of,
    print_of_letter,
)
from worker.ops.verify.logs import Logs

_MOST_OF_ONE_RECORD = 4 * LARGEST_DEAD_LETTER
_AROUND_A_HEADER = 10
"""Bytes that a header takes at most beside name and value."""
_AROUND = 4_096
"""More bytes than what says where a dead letter lay, and what is wrong with it."""

Sizes = tuple[bytes, ...]
"""What a letter says of the bytes of value, headers and key that it leaves out; empty where it leaves out nothing."""


class Lessened(NamedTuple):
    """A dead letter that leaves something out, and the bytes it would hold with the last part that it leaves out."""

    print: int
    size: int


class Originals:
    """Reads the records of inputs again, and keeps what follows from the last one: its letters lie side by side."""

    def __init__(self, logs: Logs) -> None:
        self._logs = logs
        self._read: tuple[str, int, int] | None = None
        self._letters: Mapping[Sizes, Lessened] | None = None

    async def may_become(self, came_from: CameFrom, letter: Record) -> bool | None:
        """Returns whether a record may become a letter that leaves something out; None where it is deleted by now."""
        topic, partition, offset = where = came_from.topic, came_from.partition, came_from.offset
        if where != self._read:
            self._read, self._letters = where, None
            place = TopicPartition(topic, partition)
            async for records in self._logs.read(place, offset, offset + 1):
                for record in records:
                    if record.offset == offset:
                        self._letters = lessened(record)
        if self._letters is None:
            return None
        found = self._letters.get(sizes_in(letter))
        room = min(LARGEST_DEAD_LETTER - _AROUND, _MOST_OF_ONE_RECORD // (came_from.item + 1))
        return found is not None and found.size > room and found.print == print_of_letter(letter)


def sizes_in(letter: Record) -> Sizes:
    """Returns what a letter says of what it leaves out."""
    return tuple(letter.header(name) for name in LEFT_OUT_OF_LETTERS)


def lessened(original: Record) -> Mapping[Sizes, Lessened]:
    """Returns the letters that a record may become which leave something out, by what they say of it."""
    ours = tuple(one for one in original.headers if one[0] in OF_LETTERS)
    theirs = tuple(one for one in original.headers if one[0] not in OF_LETTERS)
    parts: list[tuple[int | None, dict[str, Any]]] = [
        (_length(original.value), {"value": None}),
        (_size_of(theirs) or None, {"headers": ours}),
        (_length(original.key), {"key": None}),
    ]
    letter, told, found = original, [b""] * len(parts), {}
    whole = sum(size or 0 for size, _ in parts)
    for place, (size, without) in enumerate(parts):
        if size is not None:
            letter = msgspec.structs.replace(letter, **without)
            told[place] = str(size).encode()
            found[tuple(told)] = Lessened(letter_of(letter), whole)
            whole -= size
    return found


def _length(part: bytes | None) -> int | None:
    return None if part is None else len(part)


def _size_of(headers: Headers) -> int:
    return sum(_AROUND_A_HEADER + len(name.encode()) + len(value or b"") for name, value in headers)
