"""One island: a partition of a log, told again beside what its lane has published and kept.

The cut: first the changelog is read up to an end, and the position it ends with (all before it is decided, and every
transaction that decided it is over); then the ends of what the lane publishes are taken, and last the end of the log.
So everything that is found has its cause on what is read of the log, and everything the position vouches for is among
what is found; what the log holds beyond the position may have been published or not, but not before the changelog was
read: a changelog that stands before what led to it then has lost its end.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from worker.lane.processor import Record
from worker.ops.verify.changelog import Changelog
from worker.ops.verify.expected import Cause, Expected
from worker.ops.verify.findings import Findings
from worker.ops.verify.matching import Matching
from worker.ops.verify.reading import Keyed

AT_ONCE = 500
"""Messages whose states stay decoded, and whose outcomes wait to be compared: a decoded lead takes five times its
record, and ten thousand deadlines may come in one fetch."""


class Retelling(Protocol):
    """What a log leads to by the pure core."""

    def fold(self, record: Record, cause: Cause) -> Iterator[tuple[str, Expected]]:
        """Yields what a message leads to, each with its topic."""

    def settle(self) -> None:
        """Ends a batch."""

    def states(self) -> Iterator[tuple[bytes, bytes]]:
        """Yields what the changelog should hold, by key."""

    def differences(self, changelog: Changelog) -> Iterator[str]:
        """Yields in what else than its states the changelog differs."""

    def matched(self) -> None:
        """Hears that what it led to was compared with what was published, as far as that is there."""

    def close(self) -> None:
        """Names what should have followed by the end of the log, and did not."""


@dataclass(frozen=True, slots=True)
class Published:
    """A partition that a lane publishes on: what is read of it, and how it is compared."""

    matching: Matching
    records: AsyncIterator[Sequence[Record]]
    read_again: Callable[[], AsyncIterator[Sequence[Record]]]


class Island:
    """Judges one partition."""

    def __init__(
        self,
        log: Keyed,
        changelog: Changelog,
        published: Mapping[str, Published],
        findings: Findings,
    ) -> None:
        self._log = log
        self._changelog = changelog
        self._position = changelog.positions.get(log.place.topic, 0)
        self._published = published
        self._read_all: set[str] = set()
        self._findings = findings

    async def judge(self, retelling: Retelling, end: int) -> int:
        """Tells the log again up to `end`, compares as it goes, and returns how many messages the lane had passed."""
        passed, compared = 0, False
        async for fetched in self._log.read(end):
            for records in self._slices(fetched):
                if records[0].offset < self._position:
                    passed += len(records)
                elif not compared:
                    compared = True
                    self._compare(retelling)
                self._fold(retelling, records)
                await self._match(retelling, told_all=False)
        if not compared:
            self._compare(retelling)
        await self._match(retelling, told_all=True)
        retelling.close()
        for one in self._published.values():
            if one.matching.has_to_look_again:
                await one.matching.look_again(one.read_again())
            one.matching.close()
        return passed

    def _slices(self, records: Sequence[Record]) -> Iterator[Sequence[Record]]:
        """Yields records a few at a time; none of the slices goes beyond the position that the changelog names."""
        before = sum(record.offset < self._position for record in records)
        for start, end in ((0, before), (before, len(records))):
            for at in range(start, end, AT_ONCE):
                yield records[at : min(at + AT_ONCE, end)]

    def _fold(self, retelling: Retelling, records: Sequence[Record]) -> None:
        for record in records:
            cause = Cause(record.offset, record.timestamp_ms, record.offset < self._position)
            for topic, expected in retelling.fold(record, cause):
                self._published[topic].matching.expected.append(expected)
        retelling.settle()

    async def _match(self, retelling: Retelling, *, told_all: bool) -> None:
        """Reads as much of what was published as can be compared, and compares it."""
        for topic, one in self._published.items():
            matching = one.matching
            while topic not in self._read_all and (told_all or matching.wanted > 0):
                records = await anext(one.records, None)
                if records is None:
                    self._read_all.add(topic)
                    break
                matching.found.extend(records)
                if told_all:
                    matching.settle(told_all=True, read_all=False)
            matching.settle(told_all=told_all, read_all=topic in self._read_all)
        retelling.matched()

    def _compare(self, retelling: Retelling) -> None:
        """Holds what the changelog keeps against what it should."""
        changelog, where = self._changelog, f"{self._log.place.topic}/{self._log.place.partition}"
        judged = self._findings.judged
        judged.records += changelog.states
        judged.largest_record = max(judged.largest_record, changelog.largest)
        for key, what in changelog.differences(retelling.states()):
            self._findings.name("stale-state", f"{where}: {key.decode(errors='replace')} {what}")
        for what in retelling.differences(changelog):
            self._findings.name("stale-state", f"{where}: {what}")
        self._findings.undecided.records += len(changelog.moved)
        if changelog.too_new:
            self._findings.cannot_tell(
                f"{where}: {len(changelog.too_new)} records of the changelog are a newer version of the worker's"
            )
