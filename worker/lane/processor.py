"""The seam between a lane and what it runs.

A lane's table maps a key to a changelog value. Keys beginning with `LANE_OWN` are the lane's own (position, origins);
all others are the processor's states, and each of their values begins with the state's earliest due time, so that the
index of deadlines is rebuilt at recovery without decoding anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeVar

import msgspec

S = TypeVar("S")

Headers = tuple[tuple[str, bytes | None], ...]

LANE_OWN = b"\x00"
"""First byte of the keys that a lane keeps for itself in its changelog."""

NEVER = 2**63 - 1
"""Due time of a state that waits for nothing."""

DUE_BYTES = 8

AROUND_A_HEADER = 10
"""More bytes than a header has around name and value."""


class TopicPartition(NamedTuple):
    """One partition of one topic; equal to the client library's own, field by field."""

    topic: str
    partition: int


class Origin(NamedTuple):
    """Where an item came from: input topic, partition, offset, and its place in the record (0 if it is alone)."""

    topic: str
    partition: int
    offset: int
    item: int


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record as it was read."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()

    def header(self, name: str) -> bytes:
        """Returns the last header of that name, empty where there is none or it is null."""
        return dict(self.headers).get(name) or b""


def size_of(record: Record) -> int:
    """Returns how many bytes key, value and headers of a record take at most."""
    return size_of_parts(record.key, record.value, record.headers)


def size_of_parts(key: bytes | None, value: bytes | None, headers: Headers) -> int:
    """Returns how many bytes they take at most."""
    size = len(key or b"") + len(value or b"")
    return size + size_of_headers(headers) if headers else size


def size_of_headers(headers: Headers) -> int:
    """Returns how many bytes headers take at most."""
    size = 0
    for name, value in headers:
        size += AROUND_A_HEADER + len(name.encode()) + len(value or b"")
    return size


class Stage(Protocol[S]):
    """What one transaction sees and leaves; dropped whole if the transaction fails."""

    @property
    def partition(self) -> int:
        """The lane's partition number."""

    def read(self, key: bytes) -> S | None:
        """Returns the state of `key` as this transaction left it, else the last one; not to be changed in place."""

    def write(self, key: bytes, state: S) -> None:
        """Makes `state` the state of `key`."""

    def erase(self, key: bytes) -> None:
        """Forgets the state of `key`: a tombstone in the changelog."""

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Headers = (),
        partition: int | None = None,
    ) -> None:
        """Writes a record to `partition` of `topic`; None is the lane's own partition."""

    def first_time(self, origin: tuple[str, int, int, int]) -> bool:
        """Returns whether this origin is newer than any applied of its topic and partition, and remembers it."""


class Succession(NamedTuple):
    """What a lane says to put the loaded policy in the place of another, and of which, in words."""

    over: str
    message: tuple[bytes | None, bytes]


class Processor(Protocol[S]):
    """What a lane runs: pure functions, and the topics they live on."""

    @property
    def name(self) -> str:
        """Name in metrics, logs and transactional ids."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Topics read; the order breaks ties between equal timestamps."""

    @property
    def changelog(self) -> str:
        """Compacted topic that holds the table; of a relay, its positions."""

    @property
    def transactional(self) -> bool:
        """Whether it keeps state in transactions; otherwise it is a relay, which may repeat itself."""

    @property
    def spine(self) -> str | None:
        """Topic on whose same partition the lane writes deadlines that came due; None without deadlines."""

    @property
    def format(self) -> int:
        """The newest format of its states, as the changelog names it; a lane refuses a newer one."""

    @property
    def policy(self) -> str:
        """Digest, hexadecimal, of the policy that is loaded; empty if the processor has none."""

    @property
    def traces(self) -> tuple[str, ...]:
        """Topics on whose same partition it leaves what tells that it was here before; a relay has none."""

    def is_trace(self, record: Record) -> bool:
        """Returns whether a record of these topics was written by this processor of this application."""

    def decode(self, value: bytes) -> S:
        """Returns the state of a changelog value, due time included."""

    def encode(self, state: S) -> bytes:
        """Returns the changelog value of a state: `with_due(due, body)`."""

    def fold(self, record: Record, stage: Stage[S]) -> None:
        """Applies one record to the stage; an exception stops the process, nothing of the transaction is written."""

    def deadline(self, due_ms: int) -> bytes:
        """Returns the message which says that `due_ms` has passed; its key is the state's."""

    def on_open(self, stage: Stage[S]) -> Sequence[tuple[bytes | None, bytes]]:
        """Returns messages (key, value) for the lane's own spine partition, to be written before anything is read.

        The stage holds the recovered table; states written to it are durable before the first of these messages is
        written. The messages may be written again by the next open.
        """

    def succession(self, stage: Stage[S]) -> Succession | None:
        """Returns what puts the loaded policy in force where the recovered table holds another; the stage is read."""


def with_due(due_ms: int | None, body: bytes) -> bytes:
    """Returns a changelog value: the earliest due time (UTC milliseconds, None for never), then the state."""
    return (NEVER if due_ms is None else due_ms).to_bytes(DUE_BYTES, "big", signed=True) + body


def due_of(value: bytes) -> int:
    """Returns the earliest due time of a changelog value, `NEVER` if it waits for nothing."""
    return int.from_bytes(value[:DUE_BYTES], "big", signed=True)


def body_of(value: bytes) -> bytes:
    """Returns a changelog value without its due time."""
    return value[DUE_BYTES:]
