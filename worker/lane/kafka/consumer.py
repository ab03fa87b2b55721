r"""Where consumers of Kafka are made, all of them: they read what anybody may have written.

The client library decodes the names of headers while it walks through what was fetched, and fails at one that is not
UTF-8, each time anew: any producer could stop a partition for ever. It has no setting for that. So the class by which
it cuts a fetch into batches is replaced by one whose batches, where the library's fast reader fails, go on with its
slow one and with names that cannot fail: what is no UTF-8 is written out, as `\xff`.

And they can be ended at any moment. A fetching task that has just lost its partitions waits for its last requests to
end, swallows a cancellation that comes meanwhile, and waits for partitions from then on: whoever stopped the consumer
then waited for it for ever. A request that waits before it is sent again, because the broker is away, does hear it, and
passes it on: whoever stopped the consumer was then cancelled himself.

What is read are records of ours: the library's take four times as long to make, and would be copied into ours anyway.
And they are cut out of a batch by the run: the library's walk would take each through two generators.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, islice
from operator import length_hint
from typing import Any, NamedTuple, SupportsIndex

import aiokafka
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

from worker.lane.kafka.answers import hear
from worker.lane.kafka.coordination import hear_of_namesakes
from worker.lane.processor import Record

_LENGTH_AT, _FOLLOWS_AT = 8, 12
"""Where a batch says how many bytes of it follow, and from where on."""
RUN = 500
"""Records at most that are cut out at once: a batch that was compressed may hold any number."""
CANCEL_AGAIN_SECONDS = 0.1
"""A task that has heard its cancellation ends at once."""


def kafka_consumer(
    *topics: str,
    isolation_level: str = "read_committed",
    auto_offset_reset: str = "earliest",
    **settings: Any,  # noqa: ANN401 - the library's
) -> Consumer:
    """Returns a consumer, not yet started: from the beginning, and offsets are committed only as told."""
    hear()
    hear_of_namesakes()
    fetcher.MemoryRecords = Batches
    fetcher.PartitionRecords = Records
    return Consumer(
        *topics,
        isolation_level=isolation_level,
        enable_auto_commit=False,
        auto_offset_reset=auto_offset_reset,
        **settings,
    )


class Consumer(aiokafka.AIOKafkaConsumer):  # type: ignore[misc] # untyped library
    """The library's consumer, made here alone."""

    async def stop(self) -> None:
        """Ends it, its fetching first: as often as that takes."""
        if self._fetcher is not None:
            requests: set[asyncio.Task[bool]] = self._fetcher._pending_tasks  # noqa: SLF001 - see the top
            await _ended([self._fetcher._fetch_task])  # noqa: SLF001 - see the top
            await _ended(requests)
            requests.clear()
        await super().stop()


async def _ended(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancels tasks until they have ended, whatever they end with."""
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=CANCEL_AGAIN_SECONDS)


class Run(NamedTuple):
    """Records of a batch that follow on each other, and the offset of the last: what the library takes for a record."""

    offset: int
    records: Sequence[Record]


class Records(fetcher.PartitionRecords):  # type: ignore[misc] # untyped library
    """What was fetched of a partition, aborted transactions left out; the library walks over it run by run."""

    def __init__(self, place: aiokafka.TopicPartition, batches: Batches, *settings: Any) -> None:  # noqa: ANN401 - the library's
        self._run: Sequence[Record] = ()
        self._left: Iterator[Record] = iter(())
        batches.place = place
        super().__init__(place, batches, *settings)
        self._records_iterator: Iterator[Record] = chain.from_iterable(self._unpack_records())

    def __iter__(self) -> Iterator[Record]:
        """Goes on where the last one stopped; the library's asks for each record by a call of its own."""
        return self._records_iterator

    @property
    def next_fetch_offset(self) -> int:
        """Returns the offset of what is left of a run, else where to read on behind it."""
        left = length_hint(self._left)
        return self._run[-left].offset if left else self._behind

    @next_fetch_offset.setter
    def next_fetch_offset(self, offset: int) -> None:
        """Notes what follows; the library does before it hands out what `_consumer_record` returned."""
        self._behind = offset

    def _consumer_record(self, place: aiokafka.TopicPartition, run: Run) -> Iterator[Record]:
        del place
        self._run, first = run.records, self._behind
        if self._run[0].offset < first:  # a fetch begins with a whole batch
            self._run = [record for record in self._run if record.offset >= first]
        self._left = iter(self._run)
        return self._left


class Batches:
    """The batches of a fetch, as the library's walk over them asks for them."""

    def __init__(self, fetched: bytes) -> None:
        self._fetched = fetched
        self._batches = MemoryRecords(fetched)
        self._at = 0
        self.place = aiokafka.TopicPartition("", 0)
        self.has_next = self._batches.has_next
        self.size_in_bytes = self._batches.size_in_bytes

    def next_batch(self) -> Batch:
        """Returns the next batch; the library asks for one only if there is one."""
        start = self._at
        length = self._fetched[start + _LENGTH_AT : start + _FOLLOWS_AT]
        self._at += _FOLLOWS_AT + int.from_bytes(length, "big")
        raw = memoryview(self._fetched)[start : self._at]
        return Batch(self._batches.next_batch(), raw, self.place)


class Batch:
    """A batch of the library's, all of whose records can be read."""

    def __init__(self, batch: Any, raw: memoryview, place: aiokafka.TopicPartition) -> None:  # noqa: ANN401 - untyped library
        self._batch = batch
        self._raw = raw
        self._place = place

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as above
        return getattr(self._batch, name)

    def __next__(self) -> Any:  # noqa: ANN401 - as above
        return next(self._batch)

    def __iter__(self) -> Iterator[Run]:
        """Yields its records; after one that the fast reader fails at from the first again: what it had is left out."""
        try:
            yield from self._runs(self._batch)
        except UnicodeDecodeError:
            yield from self._runs(_SlowBatch(self._raw))

    def _runs(self, batch: Iterable[Any]) -> Iterator[Run]:
        """Yields its records; one of the library's may be asked for an iterator once, and for nothing at its end."""
        topic, partition = self._place
        found = chain(batch)
        while records := [
            Record(
                topic, partition, one.offset, one.timestamp, one.key, one.value, tuple(one.headers)
            )
            for one in islice(found, RUN)
        ]:
            yield Run(records[-1].offset, records)


class _SlowBatch(_DefaultRecordBatchPy):  # type: ignore[misc] # untyped library
    """A batch in which no text is wrong."""

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer: bytearray = _Tolerant(self._buffer)


class _Tolerant(bytearray):
    """Bytes that are always text."""

    def __getitem__(self, place: SupportsIndex | slice) -> Any:  # noqa: ANN401 - a byte, or some
        found = super().__getitem__(place)
        return _Tolerant(found) if isinstance(found, bytearray) else found

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        """Returns the text, with what is none of it written out."""
        return super().decode(encoding, errors)
