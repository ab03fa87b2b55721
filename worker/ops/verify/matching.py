"""What should have been published beside what was: two streams in one order, compared as they pass.

Lane q writes the outcomes of its log in the order in which the log tells them. So on every topic the two streams are
equal one by one, and a difference is understood by looking a little ahead in both: more than a transaction holds.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import islice

from topics.catalogue import ACCOUNT_ACTIVITY
from worker.lane.processor import Record, TopicPartition
from worker.ops.verify.expected import Expected, id_of, is_of_deadline, named
from worker.ops.verify.findings import MOST_NAMED, Findings, Name
from worker.ops.verify.promptness import Pace
from worker.ops.verify.reading import SOURCE

LOOK_AHEAD = 4_000
"""Messages: what the largest round of a lane publishes on one topic, and then some. More phantoms than that in a row
are named as if what they stand before were lost and came again."""
REMEMBERED = 4_000
"""Ids that were matched last, with their bytes: a message that comes again is told from one with other bytes. For one
that comes again later than that, the topic is read again."""
_HEADERS = 7
"""Of an outcome: what the contract has it say, each once."""
RUN = 16
"""Messages that have to agree by their ids before two streams are taken to be aligned: what accounts say has no number,
and may be said again."""


ToldBefore = Callable[[bytes], bool]
"""Tells of a value whether the log has led to a message of that id before."""


class Matching:
    """One topic's partition: what is expected on it, and what is found."""

    def __init__(
        self,
        place: TopicPartition,
        findings: Findings,
        pace: Pace | None,
        told_before: ToldBefore,
        aligned_from_ms: int | None,
    ) -> None:
        """Begins; where the topic is not read from its first message on, the streams are aligned by the first id.

        `told_before` tells whether the log has led to a message of that id before. `aligned_from_ms` is None where the
        topic is whole; else what a message led to that came later than this has to be there.
        """
        self.vouched_for = 0
        """The offset before which everything was there when the changelog was read: that is behind what led to it."""
        self.expected: deque[Expected] = deque()
        self.found: deque[Record] = deque()
        self.matched = 0
        self._place = place
        self._type = place.topic.encode()
        self._bears_names = place.topic != ACCOUNT_ACTIVITY.name
        self._findings = findings
        self._pace = pace
        self._told_before = told_before
        self._aligned_from_ms = aligned_from_ms
        self._recent: OrderedDict[str, bytes] = OrderedDict()
        self._hurt: list[Expected] = []
        self._again: list[Record] = []

    @property
    def has_to_look_again(self) -> bool:
        """Whether some messages come again long after the first, which has to be read again to compare them."""
        return bool(self._again)

    @property
    def wanted(self) -> int:
        """How many more found messages are needed to tell all that can be told of what is expected."""
        return max(len(self.expected), LOOK_AHEAD) + 1 - len(self.found)

    def settle(self, *, told_all: bool, read_all: bool) -> None:
        """Compares as far as can be told; `told_all`, `read_all`: nothing more will be expected, or found."""
        expected, found = self.expected, self.found
        if not self._align(told_all=told_all, read_all=read_all):
            return
        while expected and found:
            first, second = expected[0], found[0]
            if first.value == second.value and first.key == second.key:
                self._match(expected.popleft(), found.popleft())
            elif (told_all or len(expected) > LOOK_AHEAD) and (read_all or len(found) > LOOK_AHEAD):
                self._resolve()
            else:
                return
        if read_all:
            while expected:
                last = expected.popleft()
                self._miss(last, certain=last.cause.certain)
        if told_all:
            while found:
                self._surplus(found.popleft())

    def close(self) -> None:
        """Names what was missing: torn from its cause where something else of that cause is there, else lost."""
        for one in self._hurt:
            torn = one.cause.missing < one.cause.outcomes
            where = (
                f"{_text(self._place)}: {named(one.event_id)}, of the message at {one.cause.offset}"
            )
            self._name("torn" if torn else "lost", where)

    async def look_again(self, read: AsyncIterator[Sequence[Record]]) -> None:
        """Reads the topic again, and names what came again long after the first."""
        wanted = {_id_of(record) for record in self._again}
        firsts: dict[str, bytes | None] = {}
        async for records in read:
            for record in records:
                if (event_id := _id_of(record)) in wanted:
                    firsts.setdefault(event_id, record.value)
        for record in self._again:
            self._name_again(record, firsts[_id_of(record)])

    def _align(self, *, told_all: bool, read_all: bool) -> bool:
        """Drops what was published before the first message that is read; returns False while that is not in sight."""
        if self._aligned_from_ms is None:
            return True
        if not read_all and len(self.found) < RUN:
            return False
        run = [_id_of(record) for record in islice(self.found, RUN)]
        while self.expected:
            ids = [one.event_id for one in islice(self.expected, len(run))]
            if (run and ids == run) or self.expected[0].cause.at_ms >= self._aligned_from_ms:
                self._aligned_from_ms = None
                return True
            if len(ids) < len(run) and not told_all:
                return False
            self.expected.popleft()
        return told_all

    def _match(self, expected: Expected, record: Record) -> None:
        self.matched += 1
        if self._pace is not None:
            self._pace.note(expected.cause.at_ms, record.timestamp_ms)
        if record.offset < self.vouched_for and not expected.cause.certain:
            self._name_found("stale-state", record)
        self._remember(expected.event_id, record)
        if expected.occurred_at and not self._has_its_envelope(expected, record):
            self._name_found("altered", record)

    def _has_its_envelope(self, expected: Expected, record: Record) -> bool:
        """Returns whether the headers say what the contract has them say; whose it is was looked at before."""
        told = dict(record.headers)
        return (
            len(told) == len(record.headers) == _HEADERS
            and told.get("ce_id") == expected.event_id.encode()
            and told.get("ce_time") == expected.occurred_at.encode()
            and told.get("ce_subject") == expected.key
            and told.get("ce_type") == self._type
            and told.get("ce_specversion") == b"1.0"
            and told.get("content-type") == b"application/json"
            and bool(told.get(SOURCE))
        )

    def _remember(self, event_id: str, record: Record) -> None:
        self._recent[event_id] = record.value or b""
        if len(self._recent) > REMEMBERED:
            self._recent.popitem(last=False)

    def _resolve(self) -> None:
        """Says why the two streams differ, for half as many steps as are looked ahead."""
        pending = Counter(one.event_id for one in islice(self.expected, LOOK_AHEAD))
        there = Counter(map(_id_of, islice(self.found, LOOK_AHEAD)))
        for _ in range(LOOK_AHEAD // 2):
            if not (self.expected and self.found):
                return
            first, record = self.expected[0], self.found[0]
            event_id, is_there = _id_of(record), there[first.event_id] > 0
            if not pending[event_id] and (is_there or self._came_before(record)):
                there[event_id] -= 1
                self._surplus(self.found.popleft())
                continue
            self.expected.popleft()
            pending[first.event_id] -= 1
            if is_there:
                there[first.event_id] -= 1
                self._pair(first)
            else:
                self._miss(first, certain=True)

    def _came_before(self, record: Record) -> bool:
        return _id_of(record) in self._recent or self._told_before(record.value or b"")

    def _pair(self, first: Expected) -> None:
        """Compares an expected message with the one of its id, wherever that stands."""
        place = next(n for n, record in enumerate(self.found) if _id_of(record) == first.event_id)
        record = self.found[place]
        del self.found[place]
        if (record.value, record.key) != (first.value, first.key):
            self._name_found("divergent-duplicate", record)
        elif place:
            self._name_found("reordered", record)
        self._match(first, record)

    def _miss(self, expected: Expected, *, certain: bool) -> None:
        """Notes what is not there: where nothing is there behind it either, it may be under way if its cause is."""
        cause = expected.cause
        if not certain:
            self._findings.undecided.outcomes += 1
            return
        cause.missing += 1
        if len(self._hurt) < REMEMBERED:
            self._hurt.append(expected)
        else:
            self._name("lost", f"{_text(self._place)}: {named(expected.event_id)}")

    def _surplus(self, record: Record) -> None:
        """Names what should not be there."""
        event_id = _id_of(record)
        if event_id in self._recent:
            self._name_again(record, self._recent[event_id])
        elif not self._told_before(record.value or b""):
            self._name_found("phantom", record)
        elif len(self._again) < MOST_NAMED:
            self._again.append(record)
        else:
            self._name_again(record, record.value)

    def _name_again(self, record: Record, first: bytes | None) -> None:
        """Names a message that comes again; `first` is the value of the first one."""
        value = record.value or b""
        name: Name = "double-deadline" if is_of_deadline(value) else "duplicate-effect"
        self._name_found(name if value == first else "divergent-duplicate", record)

    def _name_found(self, name: Name, record: Record) -> None:
        where = f"{record.topic}/{record.partition} offset {record.offset}: {named(_id_of(record))}"
        self._name(name, where)

    def _name(self, name: Name, where: str) -> None:
        if self._bears_names:
            self._findings.name(name, where)
        else:
            self._findings.name_nameless(name, where, _text(self._place))


def _text(place: TopicPartition) -> str:
    return f"{place.topic}/{place.partition}"


def _id_of(record: Record) -> str:
    """Returns the id of a published message: an outcome's event id, else the message itself."""
    return id_of(record.key, record.value)
