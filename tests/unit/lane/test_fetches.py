"""Whatever a partition holds, what is read of it is what was committed and is left, from where one stands, in order."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiokafka.consumer.fetcher import READ_COMMITTED, READ_UNCOMMITTED
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kafka.raw import checked
from tests.unit.lane.test_fetched import BAD_NAME, NAME, Reader

NOBODY, IDEMPOTENT = -1, 7
TRANSACTIONAL = (8, 9)
ABORT, COMMIT = b"\x00\x00\x00\x00", b"\x00\x00\x00\x01"
COMPRESSIONS = [0, DefaultRecordBatch.CODEC_GZIP]
PLACEHOLDER = "replaced"
ATTRIBUTES_AT, CONTROL = 22, 0x20
"""Where a batch says what kind of batch it is, and the bit of a marker."""
LAST_AT = slice(23, 27)
"""Where it says how far behind its first offset its last one lies."""


@dataclass
class Batch:
    """A batch as it was written, and the offsets of those of its records that compaction has left."""

    first: int
    size: int
    left: list[int]
    producer: int
    compression: int = 0
    odd: int | None = None
    """The offset of a record with a header whose name is no text."""
    marker: bytes | None = None
    aborted: bool = False

    @property
    def end(self) -> int:
        return self.first + self.size

    def __bytes__(self) -> bytes:
        transactional = self.producer in TRANSACTIONAL
        builder = DefaultRecordBatchBuilder(
            2, self.compression, transactional, self.producer, 0, 0, 1 << 20
        )
        for offset in self.left:
            name = PLACEHOLDER if offset == self.odd else NAME.decode()
            key = self.marker or b"%d" % offset
            builder.append(offset - self.first, 1000, key, b"value", [(name, b"x")])
        made = bytearray(bytes(builder.build()).replace(PLACEHOLDER.encode(), BAD_NAME))
        made[:8] = self.first.to_bytes(8, "big")
        made[LAST_AT] = (self.size - 1).to_bytes(4, "big")
        if self.marker:
            made[ATTRIBUTES_AT] |= CONTROL
        return checked(bytes(made))


@dataclass
class Partition:
    """What producers have written; the aborted are who, since which offset, and up to which marker."""

    batches: list[Batch] = field(default_factory=list)
    aborted: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def end(self) -> int:
        return self.batches[-1].end if self.batches else 0

    def write(self, draw: st.DrawFn, producer: int) -> None:
        first, size = self.end, draw(st.integers(1, 4))
        left = [one for one in range(first, first + size) if draw(st.integers(0, 3))]
        compression = draw(st.sampled_from(COMPRESSIONS))
        odd = None if compression else draw(st.sampled_from([None, *left]))
        self.batches.append(Batch(first, size, left, producer, compression, odd))

    def end_transaction(
        self, producer: int, begun: int, *, aborted: bool, is_left: bool = True
    ) -> None:
        marker = ABORT if aborted else COMMIT
        if aborted:
            self.aborted.append((producer, begun, self.end))
            for one in self.batches:
                one.aborted |= one.producer == producer and one.first >= begun
        left = [self.end] if is_left else []
        self.batches.append(Batch(self.end, 1, left, producer, marker=marker))

    def fetched(self, since: int) -> tuple[bytes, list[tuple[int, int]]]:
        """Returns what a broker answers to whoever reads from an offset on."""
        batches = b"".join(bytes(one) for one in self.batches if one.end > since)
        return batches, [(who, begun) for who, begun, until in self.aborted if until >= since]


@st.composite
def partitions(draw: st.DrawFn) -> Partition:
    """Several producers in turn, some in transactions, all of which end; compaction leaves holes and empty batches."""
    whole, begun = Partition(), dict[int, int]()
    turns = draw(st.lists(st.sampled_from([NOBODY, IDEMPOTENT, *TRANSACTIONAL]), max_size=14))
    for producer in turns:
        if producer in begun and draw(st.booleans()):
            whole.end_transaction(producer, begun.pop(producer), aborted=draw(st.booleans()))
            continue
        if producer in TRANSACTIONAL:
            begun.setdefault(producer, whole.end)
        whole.write(draw, producer)
    for producer, since in begun.items():
        whole.end_transaction(producer, since, aborted=draw(st.booleans()))
    if draw(st.booleans()):  # its marker was emptied, and nothing of what it ended is left
        whole.end_transaction(TRANSACTIONAL[0], whole.end, aborted=False, is_left=False)
    return whole


@settings(max_examples=500)
@given(partitions(), st.data(), st.booleans(), st.none() | st.integers(1, 6))
def test_what_was_committed_is_read_once(
    whole: Partition, data: st.DataObject, committed: bool, most: int | None
) -> None:
    since = data.draw(st.integers(0, max(0, whole.end - 1)))
    fetched, aborted = whole.fetched(since)
    level = READ_COMMITTED if committed else READ_UNCOMMITTED
    reader = Reader(fetched, since, level, aborted if committed else [])
    visible = [one for one in whole.batches if not (one.marker or (committed and one.aborted))]
    assert [record.offset for record in reader.read(most)] == [
        offset for one in visible for offset in one.left if offset >= since
    ]
    assert reader.reached == sorted(reader.reached)
    assert reader.reached[-1] == whole.end
