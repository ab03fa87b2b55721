"""Which states of a lane wait for what time.

The table is the truth: each value begins with its due time. This index only says when to look, and never later than
due: a key stands in it once at or before its due time, is looked up when that comes, and is put off if the due time has
moved on meanwhile. Far ahead it stands in the list of its hour (8 bytes a key), in the running hour in a heap.
"""

from __future__ import annotations

import heapq
import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from worker.lane.processor import NEVER, due_of

HOUR_MS = 3_600_000
DUE = struct.Struct(">q")
"""A due time at the beginning of a value; a million of them are read while a worker starts."""
SPARE_ENTRIES = 10_000
"""Entries that may be out of date before the index is built anew (due times that went to and fro leave them)."""


class Due(NamedTuple):
    """A state whose time has come."""

    due_ms: int
    key: bytes


class Deadlines:
    """The index over one lane's table."""

    def __init__(self, values: Mapping[bytes, bytes]) -> None:
        self._values = values
        self._hours: dict[int, list[bytes]] = {}
        self._order: list[int] = []
        self._near: list[Due] = []
        self._released: dict[bytes, int] = {}
        self._entries = 0

    def build(self) -> None:
        """Indexes the table anew; what was released stays released."""
        hours = defaultdict[int, list[bytes]](list)
        for key, value in self._values.items():
            try:
                (due,) = DUE.unpack_from(value)
            except struct.error:  # no lane has written that: it is named when it is read
                due = due_of(value)
            if due != NEVER:
                hours[due // HOUR_MS].append(key)
        self._hours, self._near, self._order = dict(hours), [], sorted(hours)
        self._entries = sum(map(len, hours.values()))

    def changed(self, key: bytes, before: int, after: int) -> None:
        """Notes that a key's due time moved; an entry for `before` serves any later time, unless it was released."""
        if before == after:
            return
        released = self._released.pop(key, None) is not None
        if after < before or (released and after != NEVER):
            self._add(key, after)
            if self._entries > 2 * len(self._values) + SPARE_ENTRIES:
                self.build()

    def any_due(self, now_ms: int) -> bool:
        """Returns whether a deadline is due and not yet released."""
        self._approach(now_ms)
        return bool(self._near) and self._near[0].due_ms <= now_ms

    def release(self, until_ms: int, most: int) -> list[Due]:
        """Returns up to `most` deadlines due by then, earliest first, each of them once."""
        due: list[Due] = []
        while len(due) < most and self.any_due(until_ms):
            first = heapq.heappop(self._near)
            self._entries -= 1
            self._released[first.key] = first.due_ms
            due.append(first)
        return due

    def put_back(self, due: Iterable[Due]) -> None:
        """Takes back what was released and could not be written."""
        for one in due:
            if self._released.pop(one.key, None) is not None:
                self._add(one.key, one.due_ms)

    def _add(self, key: bytes, due: int) -> None:
        hour = due // HOUR_MS
        keys = self._hours.get(hour)
        if keys is None:
            keys = self._hours[hour] = []
            heapq.heappush(self._order, hour)
        keys.append(key)
        self._entries += 1

    def _approach(self, now_ms: int) -> None:
        """Moves the hours that have begun into the heap, and drops what is out of date from its top."""
        while self._order and self._order[0] * HOUR_MS <= now_ms:
            for key in self._hours.pop(heapq.heappop(self._order)):
                self._entries -= 1
                self._place(key, now_ms)
        near = self._near
        while near and near[0].due_ms <= now_ms:
            due, key = near[0]
            if self._due(key) == due and self._released.get(key) != due:
                return
            heapq.heappop(near)
            self._entries -= 1
            if self._due(key) > due:
                self._place(key, now_ms)

    def _place(self, key: bytes, now_ms: int) -> None:
        """Puts a key where its due time is now: a later hour, the heap, or nowhere."""
        due = self._due(key)
        if due == NEVER or self._released.get(key) == due:
            return
        if due // HOUR_MS * HOUR_MS > now_ms:
            self._add(key, due)
        else:
            heapq.heappush(self._near, Due(due, key))
            self._entries += 1

    def _due(self, key: bytes) -> int:
        value = self._values.get(key)
        return NEVER if value is None else due_of(value)
