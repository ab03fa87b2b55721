"""What became of every item of the inputs, by origin: five bytes an item, and four more for each record of a vendor.

An input partition is judged from where the verification begins up to where intake had passed it. Offsets without a
record (markers, holes) hold no item. Of origins outside of that nothing is said, but for those beyond the topic's end.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from schemas.spine import CameFrom
from topics.catalogue import ACCOUNT_LOG, SPINE, name_of
from worker.lane.processor import TopicPartition
from worker.ops.verify.decoder.fate import HELD, IGNORABLE, SOUND, UNREADABLE, Fate
from worker.ops.verify.findings import Findings, Name

BEFORE = 8
"""Relayed, as an earlier partition of the log has shown."""
HERE = 16
"""Relayed, as the partition of the log that is read now has shown."""
BURIED = 32
"""A dead letter."""
_OF_ACCOUNTS = name_of("account-update")


class InputItems:
    """The items of one input partition, between two offsets."""

    def __init__(self, place: TopicPartition, start: int, end: int) -> None:
        self.place = place
        self.start = start
        self.end = end
        self.furthest = -1
        """The highest offset that anything claims to come from."""
        self.marks = bytearray()
        self.words = array("I")
        """What goes with each mark (`decoder.fate`)."""
        self._firsts: array[int] | None = None
        """Where the items of each offset begin; None as long as each offset has held one."""

    def hold(self, offset: int, items: Sequence[Fate]) -> None:
        """Notes what a record holds; records come in the order of their offsets."""
        first, firsts = len(self.marks), self._firsts
        for mark, word in items:
            self.marks.append(mark)
            self.words.append(word)
        number = offset - self.start
        if firsts is None:
            if number == first and len(items) == 1:
                return
            firsts = self._firsts = array("I", range(first))
        firsts.extend([first] * (number + 1 - len(firsts)))

    def find(self, offset: int, item: int) -> int | None:
        """Returns where the byte of an item is, None where there is no such item."""
        number, firsts = offset - self.start, self._firsts
        if firsts is None:
            return number if item == 0 and 0 <= number < len(self.marks) else None
        if not 0 <= number < len(firsts):
            return None
        first = firsts[number]
        beyond = firsts[number + 1] if number + 1 < len(firsts) else len(self.marks)
        return first + item if 0 <= item < beyond - first else None

    def origin(self, index: int) -> tuple[int, int]:
        """Returns offset and item of a byte."""
        if self._firsts is None:
            return self.start + index, 0
        number = bisect_right(self._firsts, index) - 1
        return self.start + number, index - self._firsts[number]


class Ledger:
    """The items of all input partitions."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._inputs: dict[tuple[str, int], InputItems] = {}
        self._strays: dict[tuple[str, int], int] = {}
        """The highest offset that anything claims to come from, of partitions that are not known as an input's."""

    def open(self, place: TopicPartition, start: int, end: int) -> InputItems:
        """Begins the account of an input partition."""
        items = self._inputs[place] = InputItems(place, start, end)
        return items

    def relayed(self, came_from: CameFrom, log: str, as_read: Callable[[], int]) -> bool:
        """Notes that an item is on a log, and returns whether that is the first time on the partition that is read.

        `as_read` gives the print of what is there.
        """
        index = self._found(came_from, log)
        if index is None:
            return False
        items = self._inputs[came_from.topic, came_from.partition]
        marks, mark = items.marks, items.marks[index]
        if mark & HERE:
            return False
        if mark & BEFORE:
            self._findings.name(
                "duplicate-effect", f"{_text(came_from)} on two partitions of {log}"
            )
        home = ACCOUNT_LOG.name if came_from.topic == _OF_ACCOUNTS else SPINE.name
        if log != home:
            self._findings.name(
                "unaccounted", f"{_text(came_from)} belongs on {home}, not on {log}"
            )
        if mark & SOUND and items.words[index] != as_read():
            self._findings.name(
                "misread", f"{_text(came_from)} is another lead's or says something else on {log}"
            )
        marks[index] = mark | HERE
        return True

    def buried(self, came_from: CameFrom) -> Fate | None:
        """Notes that an item is a dead letter, and returns what had to become of it; None where that is not judged."""
        index = self._found(came_from, "dead letters")
        if index is None:
            return None
        items = self._inputs[came_from.topic, came_from.partition]
        items.marks[index] |= BURIED
        return Fate(items.marks[index], items.words[index])

    def turn_page(self) -> None:
        """Ends a partition of a log: what it has shown was before whatever comes next."""
        for items in self._inputs.values():
            items.marks = bytearray(items.marks.translate(_NEXT_PAGE))

    def close(self, ends: Mapping[TopicPartition, int], buried_whole: Sequence[bool]) -> None:
        """Names every item that is not where it belongs.

        `ends` are those of the inputs, read last of all, and of partitions that were added meanwhile; `buried_whole`
        tells of each partition of the dead letters whether none is deleted that would be needed: else an item that is
        nowhere may have been one, on whichever, for they may have been fewer.
        """
        for (topic, partition), furthest in self._strays.items():
            if furthest >= ends.get(TopicPartition(topic, partition), 0):
                where = f"{topic}/{partition} offset {furthest} is no input's"
                self._findings.name("phantom", where)
        for items in self._inputs.values():
            topic, partition = items.place
            self._findings.judged.items += len(items.marks)
            if items.furthest >= ends[items.place]:
                where = f"{topic}/{partition} offset {items.furthest} is beyond its end"
                self._findings.name("phantom", where)
            nowhere = sum(
                self._blame(items, index, lost=all(buried_whole)) for index in _faulty(items.marks)
            )
            if nowhere:
                self._findings.cannot_tell(
                    f"{topic}/{partition}: {nowhere} items are nowhere; dead letters of that time are deleted"
                )

    def fates(self) -> dict[str, int]:
        """Returns how many items were relayed, are dead letters, and were left out by a vendor's table."""
        counts: Counter[int] = Counter()
        for items in self._inputs.values():
            counts.update(items.marks)
        relayed = sum(n for mark, n in counts.items() if mark & (BEFORE | HERE))
        buried = sum(n for mark, n in counts.items() if mark & BURIED)
        return {
            "relayed": relayed,
            "dead_letters": buried,
            "ignored": sum(counts[mark] for mark in (HELD | IGNORABLE,)),
        }

    def _found(self, came_from: CameFrom, where: str) -> int | None:
        """Returns where the byte of an item is; names a phantom, and says nothing of what is not judged."""
        items = self._inputs.get((came_from.topic, came_from.partition))
        if items is None:
            place = came_from.topic, came_from.partition
            self._strays[place] = max(came_from.offset, self._strays.get(place, 0))
            return None
        items.furthest = max(items.furthest, came_from.offset)
        if not items.start <= came_from.offset < items.end:
            return None
        index = items.find(came_from.offset, came_from.item)
        if index is None:
            self._findings.name("phantom", f"{where}: {_text(came_from)} does not exist")
        return index

    def _blame(self, items: InputItems, index: int, *, lost: bool) -> bool:
        """Names what is wrong with an item; returns True where it is nowhere and may not be called `lost`."""
        offset, item = items.origin(index)
        name, words = _FAULTS[items.marks[index]]
        if name == "lost" and not lost:
            return True
        self._findings.name(name, f"{_text(CameFrom(*items.place, offset, item))} {words}")
        return False


def _text(origin: CameFrom) -> str:
    return f"{origin.topic}/{origin.partition} offset {origin.offset} item {origin.item}"


def _fault(mark: int) -> tuple[Name, str] | None:
    """Returns what is wrong with an item that is found where its byte says."""
    relayed, buried = mark & (BEFORE | HERE), mark & BURIED
    if relayed and buried:
        return "unaccounted", "was relayed, and is a dead letter too"
    if relayed and mark & UNREADABLE and not mark & SOUND:
        return "unaccounted", "was relayed, and cannot be read"
    if buried and mark & SOUND and not mark & UNREADABLE:
        return "misread", "is a dead letter, and nothing is wrong with it"
    if not relayed and not buried and not mark & IGNORABLE:
        return "lost", "is nowhere, and intake has passed it"
    return None


_FAULTS = {mark: fault for mark in range(256) if (fault := _fault(mark)) is not None}
_IS_FAULTY = bytes(mark in _FAULTS for mark in range(256))
_NEXT_PAGE = bytes((mark & ~HERE) | BEFORE if mark & HERE else mark for mark in range(256))


def _faulty(marks: bytearray) -> Iterable[int]:
    return (found.start() for found in re.finditer(b"\1", marks.translate(_IS_FAULTY)))
