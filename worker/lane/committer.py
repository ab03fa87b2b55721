"""How a round becomes durable: in a transaction, or outcomes first and the position after them.

A transactional lane owns two writers and uses them in turn: after a commit the broker takes some 20 ms to write the
markers, and refuses the next transaction of the same id meanwhile.

Two ids are not fenced in one step. Where A opens the first, B both, and then A the second, each holds one of them. So
the first transaction of whoever has opened both is one of the first id: it fails where anybody has opened that since,
and whoever has opened the second since holds a first that is older than ours, and fails by it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from worker.lane.clock import Clock
from worker.lane.errors import ChangelogLost
from worker.lane.failpoints import failpoint
from worker.lane.limits import Limits
from worker.lane.log import Log, Message, Writer
from worker.lane.processor import TopicPartition

Ours = Callable[[], Awaitable[object]]
"""Returns once the partition is dealt to this process: at once, unless the group is being dealt anew."""


class RecoveredTooLittle(Exception):
    """A changelog held more than was read of it: who told its end led it before, and had not heard that it does not."""


class Took(NamedTuple):
    """How long a round waited for the broker, in seconds."""

    acknowledged: float
    committed: float


class Committer(Protocol):
    """Makes rounds durable, one after the other. After an error: abandon it."""

    async def open(self, ours: Ours) -> None:
        """Fences all predecessors while the partition is ours; nothing may be read before this has returned."""

    def follow(self, end: int) -> None:
        """Hears up to which end the changelog was recovered: what is written first comes right there."""

    async def commit(
        self, state: Sequence[Message], outcomes: Mapping[TopicPartition, Sequence[Message]]
    ) -> Took:
        """Makes changelog records and outcomes durable."""

    @property
    def held_until(self) -> float:
        """Until when the broker wants no next round, by the loop's clock."""

    async def close(self) -> None:
        """Ends an idle committer in order."""

    async def abandon(self) -> None:
        """Drops it as it is."""


class Writers:
    """The writers of one committer, opened together and dropped together."""

    def __init__(self, log: Log, limits: Limits) -> None:
        self._log = log
        self._limits = limits
        self._writers: list[Writer] = []
        self._turn = -1  # the first goes first, see above

    async def open(self, transactional_ids: Sequence[str | None], ours: Ours) -> None:
        """Opens one writer an id, one after the other, none while the partition may be a successor's."""
        for transactional_id in transactional_ids:
            if self._writers:
                failpoint("between-writers")
            await ours()
            async with asyncio.timeout(self._limits.open_seconds):
                self._writers.append(await self._log.open_writer(transactional_id))

    def next(self) -> Writer:
        """Returns the writer whose turn it is."""
        self._turn = self._following()
        return self._writers[self._turn]

    @property
    def held_until(self) -> float:
        """Until when the writer whose turn is next is held."""
        return self._writers[self._following()].held_until

    def _following(self) -> int:
        return (self._turn + 1) % len(self._writers)

    async def close(self) -> None:
        """Ends idle writers in order."""
        await self._end([writer.close() for writer in self._writers])

    async def abandon(self) -> None:
        """Drops writers as they are."""
        await self._end([writer.abandon() for writer in self._writers])

    async def _end(self, ends: Sequence[Awaitable[None]]) -> None:
        self._writers = []
        if ends:
            done, late = await asyncio.wait(
                [asyncio.ensure_future(end) for end in ends], timeout=self._limits.discard_seconds
            )
            for one in late:
                one.cancel()
            await asyncio.gather(*done, *late, return_exceptions=True)


class Transactions:
    """Commits each round as one transaction."""

    def __init__(
        self, log: Log, limits: Limits, clock: Clock, changelog: TopicPartition, name: str
    ) -> None:
        self._writers = Writers(log, limits)
        self._clock = clock
        self._changelog = changelog
        self._ids = [f"{name}-{changelog.partition}-{leg}" for leg in "ab"]
        self._end = 0
        self._has_written = False

    async def open(self, ours: Ours) -> None:
        """Fences all predecessors of both ids."""
        await self._writers.open(self._ids, ours)

    def follow(self, end: int) -> None:
        """Notes it: a changelog that goes on elsewhere is not the one that was recovered, or not all of it."""
        self._end = end

    async def commit(
        self, state: Sequence[Message], outcomes: Mapping[TopicPartition, Sequence[Message]]
    ) -> Took:
        """Makes changelog records and outcomes visible together, or none of them."""
        time = asyncio.get_running_loop().time
        writer, now_ms, began = self._writers.next(), self._clock(), time()
        await writer.begin([self._changelog.topic, *(place.topic for place in outcomes)])
        failpoint("begun")
        states = await writer.send(self._changelog, state, now_ms)
        acks = list(states)
        failpoint("state-sent")
        for number, (place, messages) in enumerate(outcomes.items()):
            if number == 1:
                failpoint("between-outcomes")
            acks += await writer.send(place, messages, now_ms)
        failpoint("outcomes-sent")
        written = await asyncio.gather(*acks)
        failpoint("acknowledged")
        acknowledged = time()
        self._check([one.offset for one in written[: len(states)]])
        await writer.commit()
        return Took(acknowledged - began, time() - acknowledged)

    @property
    def held_until(self) -> float:
        """Until when the writer is held whose turn is next."""
        return self._writers.held_until

    def _check(self, offsets: Sequence[int]) -> None:
        """Raises, with nothing committed, where the changelog is another than the one that was recovered.

        `ChangelogLost` where it began anew. `RecoveredTooLittle` where there was more: both ids are fenced, and all
        that they had written is decided, so nothing comes between what was read and what is written first. A broker
        that has forgotten where a batch is, which it was sent twice, says -1.
        """
        for offset in offsets:
            if offset > self._end and not self._has_written:
                raise RecoveredTooLittle(f"read up to {self._end}, and it goes on to {offset}")
            if 0 <= offset < self._end:
                topic, partition = self._changelog
                raise ChangelogLost(
                    f"{topic} partition {partition} went back from {self._end} to {offset}: it was made anew"
                )
            self._end = max(self._end, offset + 1)
            self._has_written |= offset >= 0

    async def close(self) -> None:
        """Ends both writers in order."""
        await self._writers.close()

    async def abandon(self) -> None:
        """Drops both writers as they are."""
        await self._writers.abandon()


class Relay:
    """Writes outcomes, and once they are acknowledged the position; repeats itself after a crash between the two."""

    def __init__(self, log: Log, limits: Limits, clock: Clock, changelog: TopicPartition) -> None:
        self._writers = Writers(log, limits)
        self._clock = clock
        self._changelog = changelog

    async def open(self, ours: Ours) -> None:
        """Opens the one writer."""
        await self._writers.open([None], ours)

    def follow(self, end: int) -> None:
        """Needs it not: what is lost of a relay's positions is read again."""

    async def commit(
        self, state: Sequence[Message], outcomes: Mapping[TopicPartition, Sequence[Message]]
    ) -> Took:
        """Writes outcomes, then the position if there is one to be written."""
        time = asyncio.get_running_loop().time
        writer, now_ms, began = self._writers.next(), self._clock(), time()
        await writer.begin(place.topic for place in outcomes)
        acks: list[Awaitable[object]] = []
        for place, messages in outcomes.items():
            acks += await writer.send(place, messages, now_ms)
        failpoint("outcomes-sent")
        await asyncio.gather(*acks)
        failpoint("relayed")
        if state:
            position = await writer.send(self._changelog, state, now_ms)
            failpoint("position-sent")
            await asyncio.gather(*position)
            failpoint("position-written")
        return Took(time() - began, 0.0)

    @property
    def held_until(self) -> float:
        """Until when the writer is held."""
        return self._writers.held_until

    async def close(self) -> None:
        """Ends the writer in order."""
        await self._writers.close()

    async def abandon(self) -> None:
        """Drops the writer as it is."""
        await self._writers.abandon()
