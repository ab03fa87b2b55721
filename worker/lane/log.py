"""What the record path asks of Kafka, and nothing more.

Two things stand behind these interfaces: Kafka (the room `kafka`) and a log in memory (`memory`); one
conformance suite holds a case for each behaviour and runs on both.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from worker.lane.errors import LaneError
from worker.lane.processor import Headers, Record, TopicPartition

Message = tuple[bytes | None, bytes | None, Headers]
"""Key, value and headers of a record to be written."""

Take = Callable[[Sequence[Record]], None]
"""Receives the records of a changelog in order, as many as a fetch brings; a value of None is a tombstone."""


class WriterLost(Exception):
    """Another writer has taken over, or this one's transaction was ended by the broker."""


class WentBack(Exception):
    """A reader was taken back: what it wanted next of these places is not there."""

    def __init__(self, places: Iterable[TopicPartition]) -> None:
        self.places = frozenset(places)
        super().__init__(", ".join(f"{topic} partition {one}" for topic, one in self.places))


class Chunk(NamedTuple):
    """The content of one partition between two positions of a reader; a reader's chunks follow on each other.

    `records` may be empty: the position also moves over transaction markers and aborted records.
    """

    place: TopicPartition
    start: int
    records: Sequence[Record]
    end: int


class Acknowledged(Protocol):
    """What a broker says of messages that it has written."""

    @property
    def offset(self) -> int:
        """Returns the offset of the first of them."""


class Writer(Protocol):
    """Writes to the log, in transactions if it was opened with an id, else idempotently. After an error: abandon it."""

    @property
    def held_until(self) -> float:
        """Until when the broker wants nothing of it, by the loop's clock: it may be over its quota."""

    async def begin(self, topics: Iterable[str] = ()) -> None:
        """Begins a round that will write to these topics: a transaction, if it was opened with an id."""

    async def send(
        self, place: TopicPartition, messages: Sequence[Message], timestamp_ms: int
    ) -> Sequence[Awaitable[Acknowledged]]:
        """Hands over messages for one partition, in order; each awaitable ends when its part is acknowledged."""

    async def commit(self) -> None:
        """Makes everything acknowledged since `begin` visible; returns once that is decided, not once it is seen."""

    async def close(self) -> None:
        """Ends an idle writer in order."""

    async def abandon(self) -> None:
        """Drops a writer as it is: no flush, no abort; its successor's opening ends its transaction."""


class WholeRead(NamedTuple):
    """How many records a partition held, and the end up to which it was read: behind markers, too."""

    records: int
    end: int


class Log(Protocol):
    """A cluster, as seen by a lane."""

    async def open_writer(self, transactional_id: str | None) -> Writer:
        """Opens a writer; with an id, fences its predecessors and returns only when their transactions are finished."""

    async def read_all(self, place: TopicPartition, take: Take) -> WholeRead:
        """Reads a partition from its beginning to its read_committed end, as who leads it tells that end."""

    async def find(self, place: TopicPartition, wanted: Callable[[Record], bool]) -> Record | None:
        """Returns the first record wanted that a partition holds below its read_committed end."""

    async def beginnings(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Returns the first offset that each partition still holds."""

    async def ends(self, places: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Returns the read_committed end of each partition: one past the last offset that may be read now."""

    async def partitions(self, topics: Collection[str]) -> Mapping[str, int]:
        """Returns the number of partitions of each topic, 0 if there is no such topic."""

    async def ids(self, topics: Collection[str]) -> Mapping[str, str]:
        """Returns what tells each topic from others that have had its name, of those of which that is known."""

    async def leaderless(self, topics: Collection[str]) -> Collection[TopicPartition]:
        """Returns the partitions of topics that nobody leads at the moment: what is asked of them is not answered."""

    async def close(self) -> None:
        """Ends what the log keeps open for questions; the next question opens it again."""


class RebalanceListener(Protocol):
    """Hears what the group decides."""

    async def revoked(self) -> None:
        """The group is about to deal anew: finish what is running. It waits for this."""

    async def assigned(self, places: Collection[TopicPartition]) -> None:
        """These partitions are ours until the next `revoked`."""

    def give_up(self, error: LaneError) -> None:
        """Stops the process: this member cannot go on, for the reason given."""


class Source(Protocol):
    """A member of a consumer group that reads the inputs of one processor, read_committed."""

    async def start(self, listener: RebalanceListener) -> None:
        """Joins the group."""

    async def stop(self) -> None:
        """Leaves the group."""

    def seek(self, positions: Mapping[TopicPartition, int]) -> None:
        """Reads on from these positions; chunks of before are not delivered any more."""

    async def poll(
        self, wanted: Collection[TopicPartition], max_records: int, timeout_ms: int
    ) -> Sequence[Chunk]:
        """Returns what was fetched of the wanted partitions, as soon as there is something; needs a `seek` of each.

        After an exception nothing may be taken for granted: seek again. `WentBack` where a position is beyond the end,
        and where it lies before the beginning of what has to be read from there.
        """

    def known_end(self, place: TopicPartition) -> int | None:
        """Returns the read_committed end of a partition as the last fetch reported it."""

    async def commit(self, positions: Mapping[TopicPartition, int]) -> None:
        """Writes group offsets, for lag tools."""

    @property
    def held_until(self) -> float:
        """Until when the brokers send it nothing, by the loop's clock: it may be over its quota."""

    def refused(self) -> Exception | None:
        """Returns why the group does not take this member; nothing but joining anew helps. None while it does."""

    async def policies(self) -> Sequence[str] | None:
        """Returns the policy of each member of the group, this one too; None while the group is being dealt.

        Empty of a member that does not say: it has none, or is of an older version.
        """


class Follower(Protocol):
    """Reads whole topics continuously, without a group."""

    async def start(self) -> None:
        """Begins at the beginning."""

    async def stop(self) -> None:
        """Ends."""

    async def poll(self, timeout_ms: int) -> Sequence[Record]:
        """Returns the next records, none if there is nothing new within the time."""
