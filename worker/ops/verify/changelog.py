"""What a partition of a changelog holds at its end: a digest of each state, the position, the origins, the policy.

Digests, because the states told again are held at the same time. A key that is written again behind the end that was
taken may have been compacted away before it: a state is not judged then, nor an origin that is not there; for the
lane's own word on where it stands the partition is read again. A record of the lane's own that no lane can have written
is damage, also where a sound one of its key is behind it: a lane would not open on either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b

from worker.lane.errors import ChangelogDamaged
from worker.lane.origins import Origins
from worker.lane.positions import POSITION_KEY
from worker.lane.processor import LANE_OWN, Record, TopicPartition
from worker.lane.table import Table
from worker.lifecycle.record import UnknownFormatError
from worker.ops.verify.logs import Logs

Canonical = Callable[[bytes], bytes]
"""Turns a changelog value into the bytes that this version would write."""


class Changelog:
    """The last word of a changelog's partition on everything."""

    def __init__(self, canonical: Canonical, beside: bytes | None, *, is_read: bool = True) -> None:
        """Begins empty; `beside` is the processor's own key that holds no state.

        `is_read` is False of one that stands for a changelog that could not be read.
        """
        self.is_read = is_read
        self.largest = 0
        """Bytes of the largest state that was ever written, as far as it is there."""
        self.beside: bytes | None = None
        self.stood_at: int | None = None
        """The offset of the positions."""
        self.moved: set[bytes] = set()
        self.too_new: set[bytes] = set()
        self.damaged: dict[bytes, str] = {}
        """What is wrong with records of the lane's own, by key."""
        self._own = Table()
        self._canonical = canonical
        self._beside_key = beside
        self._digests: dict[bytes, bytes] = {}

    @property
    def positions(self) -> Mapping[str, int]:
        """Where the lane stands in its inputs."""
        return self._own.positions

    @property
    def origins(self) -> Origins:
        """What the lane has applied last of each source."""
        return self._own.origins

    @property
    def states(self) -> int:
        """How many states it holds."""
        return len(self._digests)

    def take(self, record: Record) -> None:
        """Takes one record over."""
        key, value = record.key or b"", record.value
        if key == self._beside_key:
            self.beside = value
        elif not key.startswith(LANE_OWN):
            if value is None:
                self._digests.pop(key, None)
            else:
                self._digests[key] = self._digest(key, value)
                self.largest = max(self.largest, len(value))
        else:
            self._take_own(key, record)

    def _take_own(self, key: bytes, record: Record) -> None:
        try:
            self._own.recover((record,))
        except ChangelogDamaged as error:
            self.damaged[key] = str(error)
            return
        if key == POSITION_KEY and record.value is not None:
            self.stood_at = record.offset

    def _digest(self, key: bytes, value: bytes) -> bytes:
        try:
            return digest_of(self._canonical(value))
        except UnknownFormatError:
            self.too_new.add(key)
            return digest_of(value)

    def differences(self, told: Iterator[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, str]]:
        """Yields each key whose state is another one than `told`, and how; afterwards the changelog is forgotten."""
        digests, self._digests = self._digests, {}
        not_judged = self.moved | self.too_new
        for key, value in told:
            digest = digests.pop(key, None)
            if digest != digest_of(value) and key not in not_judged:
                yield key, "is not in the changelog" if digest is None else "differs"
        for key in digests:
            if key not in not_judged:
                yield key, "is in the changelog, and nothing on the log has led to it"


def digest_of(value: bytes) -> bytes:
    """Returns eight bytes that tell one state from another."""
    return blake2b(value, digest_size=8).digest()


async def read_changelog(
    logs: Logs, place: TopicPartition, empty: Callable[[], Changelog]
) -> Changelog | None:
    """Returns what the partition holds up to an end, and which keys have moved on while it was read.

    None where each time that was read, the lane's word on where it stands was compacted meanwhile.
    """
    for _ in range(MOST_READINGS):
        changelog = empty()
        start, end = (await logs.beginnings([place]))[place], (await logs.ends([place]))[place]
        async for records in logs.read(place, start, end):
            for record in records:
                changelog.take(record)
        later = (await logs.ends([place]))[place]
        async for records in logs.read(place, end, later):
            changelog.moved.update(record.key or b"" for record in records)
        if await _still_stands(logs, place, changelog):
            return changelog
    return None


async def _still_stands(logs: Logs, place: TopicPartition, changelog: Changelog) -> bool:
    """Returns whether no later positions can have been compacted away before they were read.

    They would have taken those that were read with them.
    """
    at = changelog.stood_at
    if POSITION_KEY not in changelog.moved:
        return True
    if at is None or (await logs.beginnings([place]))[place] > at:
        return False
    found = [one.offset async for records in logs.read(place, at, at + 1) for one in records]
    return at in found


async def last_positions(logs: Logs, place: TopicPartition) -> Mapping[str, int]:
    """Returns the positions that a changelog names last: every transaction ends with them, so few records are read.

    ChangelogDamaged where the last record of them is none that a lane writes.
    """
    for _ in range(MOST_READINGS):
        begin, end = (await logs.beginnings([place]))[place], (await logs.ends([place]))[place]
        found = await _last_positions(logs, place, begin, end)
        if found or (await logs.ends([place]))[place] == end:
            return found
    return {}


async def _last_positions(
    logs: Logs, place: TopicPartition, begin: int, end: int
) -> Mapping[str, int]:
    span, start = TAIL, end
    while start > begin:
        start = max(begin, end - span)
        span *= 10
        found: Record | None = None
        async for records in logs.read(place, start, end):
            for record in records:
                is_one = record.key == POSITION_KEY and record.value is not None
                found = record if is_one else found
        if found is not None:
            table = Table()
            table.recover((found,))
            return table.positions
    return {}


MOST_READINGS = 3
"""How often a partition is read again: compaction runs every few seconds at most, and on closed segments alone."""
TAIL = 1_000
"""Offsets from the end that are read for a position at first."""
