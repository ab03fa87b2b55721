r"""Where consumers of Kafka are made, all of them: they read what anybody may have written.

The client library decodes the names of headers while it walks through what was fetched, and fails at one that is not
UTF-8, each time anew: any producer could stop a partition for ever. It has no setting for that. So the class that walks
is replaced by one that goes on, where the library's fast reader fails, with its slow one and with names that cannot
fail: what is no UTF-8 is written out, as `\xff`.

And they can be ended at any moment. A fetching task that has just lost its partitions waits for its last requests to
end, swallows a cancellation that comes meanwhile, and waits for partitions from then on: whoever stopped the consumer
then waited for it for ever. A request that waits before it is sent again, because the broker is away, does hear it, and
passes it on: whoever stopped the consumer was then cancelled himself.

What is read are records of ours: the library's take four times as long to make, and would be copied into ours anyway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator
from typing import Any, SupportsIndex

import aiokafka
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException, KafkaError
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

from worker.lane.kafka.coordination import hear_of_namesakes
from worker.lane.kafka.questions import amend
from worker.lane.processor import Record

_LENGTH_AT, _FOLLOWS_AT = 8, 12
"""Where a batch says how many bytes of it follow, and from where on."""
CANCEL_AGAIN_SECONDS = 0.1
"""A task that has heard its cancellation ends at once."""


def kafka_consumer(
    *topics: str,
    isolation_level: str = "read_committed",
    auto_offset_reset: str = "earliest",
    **settings: Any,  # noqa: ANN401 - the library's
) -> Consumer:
    """Returns a consumer, not yet started: from the beginning, and offsets are committed only as told."""
    amend()
    hear_of_namesakes()
    fetcher.MemoryRecords = Fetched
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


class Fetched:
    """What a fetch has brought of a partition, batch by batch as the library cuts it, and its bytes."""

    def __init__(self, fetched: bytes) -> None:
        self._batches = MemoryRecords(fetched)
        self._fetched = memoryview(fetched)
        self._given = self._found = 0
        self._start = self._end = 0
        self.has_next = self._batches.has_next
        self.size_in_bytes = self._batches.size_in_bytes

    def next_batch(self) -> Any:  # noqa: ANN401 - untyped library
        """Returns the next batch; the library asks for one only if there is one."""
        self._given += 1
        return self._batches.next_batch()

    def tolerant(self) -> Iterable[Any]:
        """Returns the records of the batch given last once more, names of headers that are no text written out."""
        while (
            self._found < self._given
        ):  # from where it was found the last time: any number may have such names
            self._start, follows = self._end, self._end + _FOLLOWS_AT
            length = self._fetched[self._start + _LENGTH_AT : follows]
            self._end = follows + int.from_bytes(length, "big")
            self._found += 1
        return _SlowBatch(self._fetched[self._start : self._end])


class Records(fetcher.PartitionRecords):  # type: ignore[misc] # untyped library
    """The records of what was fetched of a partition, those of aborted transactions left out."""

    def __iter__(self) -> Iterator[Record]:
        """Goes on where the last one stopped; the library's asks for each record by a call of its own."""
        return self._records_iterator  # type: ignore[no-any-return] # untyped library

    def _unpack_records(self) -> Iterator[Record]:
        while self._records.has_next():
            batch = self._records.next_batch()
            if self._check_crcs and not batch.validate_crc():
                raise CorruptRecordException(f"Invalid CRC - {self._tp}")
            if not self._is_hidden(batch):
                yield from self._read(batch)
            self.next_fetch_offset = batch.next_offset

    def _read(self, batch: Any) -> Iterator[Record]:  # noqa: ANN401 - untyped library
        """Yields what follows of a batch: a fetch begins with a whole one, and one that cannot be read begins anew."""
        topic, partition = self._tp
        try:
            for found in batch:
                offset = found.offset
                if offset >= self.next_fetch_offset:
                    self.next_fetch_offset = offset + 1
                    yield Record(
                        topic,
                        partition,
                        offset,
                        found.timestamp,
                        found.key,
                        found.value,
                        tuple(found.headers),
                    )
        except UnicodeDecodeError:
            yield from self._read(self._records.tolerant())

    def _is_hidden(self, batch: Any) -> bool:  # noqa: ANN401 - as above
        """Returns whether a batch is a marker, or of a transaction that was aborted."""
        producer = batch.producer_id
        if producer is None or self._isolation_level != fetcher.READ_COMMITTED:
            return bool(batch.is_control_batch)
        self._consume_aborted_up_to(batch.base_offset)
        if batch.is_control_batch:
            if self._contains_abort_marker(batch):
                self._aborted_producers.discard(producer)
            return True
        return batch.is_transactional and producer in self._aborted_producers

    def _contains_abort_marker(self, batch: Any) -> bool:  # noqa: ANN401 - as above
        """Returns whether a marker ends an aborted transaction; one that compaction has emptied ends none."""
        try:
            return bool(super()._contains_abort_marker(batch))
        except KafkaError:
            return False


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
