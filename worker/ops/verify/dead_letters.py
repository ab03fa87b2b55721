"""Which items are dead letters, and whether each is the one it has to be.

All that are still there are read: they lie by the worker's time, not the items'. Of what a dead letter leaves out
because it would be too large, its size alone is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.spine import CameFrom
from topics.settings import LARGEST_DEAD_LETTER
from worker.lane.processor import Record, TopicPartition
from worker.ops.verify.decoder.decode import (
    ATTEMPT,
    CODE,
    ITEM,
    LEFT_OUT_OF_LETTERS,
    ORIGIN,
    SAID,
    print_of_letter,
)
from worker.ops.verify.decoder.fate import (
    CODES,
    SOUND,
    UNREADABLE,
    Fate,
    codes_in,
    is_print_of,
)
from worker.ops.verify.findings import Findings
from worker.ops.verify.ledger import Ledger
from worker.ops.verify.logs import Logs

_OURS = "internal.error"
"""Whatever this is said of, no contract knows a fault of."""
_FOR_ITS_FORM = "schema.invalid"
_MOST_OF_ONE_RECORD = 4 * LARGEST_DEAD_LETTER
_MOST_DIGITS = 10
"""Of a size: whoever writes more of them is nobody to believe."""
_MOST_OF_AN_OFFSET = 19
"""Digits: no offset has more."""
_AROUND_A_HEADER = 10
"""Bytes that a header takes at most beside name and value."""
_AROUND = 4_096
"""More bytes than what says where a dead letter lay, and what is wrong with it."""


async def read_dead_letters(
    logs: Logs, places: Sequence[TopicPartition], ledger: Ledger, findings: Findings
) -> None:
    """Notes in the ledger which items are dead letters; names those that are not what they have to be."""
    begins, ends = await logs.beginnings(places), await logs.ends(places)
    for place in places:
        async for records in logs.read(place, begins[place], ends[place]):
            findings.judged.dead_letters += len(records)
            for record in records:
                _judge(record, ledger, findings)


def _judge(record: Record, ledger: Ledger, findings: Findings) -> None:
    where = f"{record.topic}/{record.partition} offset {record.offset}"
    came_from = _came_from(record)
    if came_from is None:
        findings.name("phantom", f"{where}: it does not say where it was")
        return
    fate = ledger.buried(came_from)
    if fate is None or fate.mark & (SOUND | UNREADABLE) == SOUND:
        return
    code = record.header(CODE).decode(errors="replace")
    if code not in (deserved := _deserved(fate)):
        of = f"{came_from.topic}/{came_from.partition} offset {came_from.offset}"
        findings.name("misread", f"{where}: {code or 'no code'}, of {of}: {' or '.join(deserved)}")
    if not _is_complete(record) or not is_of_the_original(record, fate, came_from.item):
        findings.name("altered", f"{where}: it is not what the input holds")


def _deserved(fate: Fate) -> Sequence[str]:
    """Returns the codes that an item may be a dead letter with."""
    if fate.mark & SOUND:
        return (_FOR_ITS_FORM,)
    if fate.mark & UNREADABLE:
        return codes_in(fate.word)
    return [code for code in CODES if code != _OURS]


def _is_complete(record: Record) -> bool:
    told = dict(record.headers)
    return told.keys() >= {*SAID, CODE, ITEM, ATTEMPT} and record.header(ATTEMPT).isdigit()


def is_of_the_original(record: Record, fate: Fate, item: int) -> bool:
    """Returns whether key, value and headers are those of the input, as far as that is known of an item."""
    left_out = [record.header(name) for name in LEFT_OUT_OF_LETTERS]
    if any(left_out):
        size = sum(int(told[:_MOST_DIGITS]) for told in left_out if told.isdigit())
        kept = sum(
            _AROUND_A_HEADER + len(name.encode()) + len(value or b"")
            for name, value in record.headers
        )
        whole = size + kept + len(record.key or b"") + len(record.value or b"")
        repeats_much = (item + 1) * size > _MOST_OF_ONE_RECORD
        return whole + _AROUND > LARGEST_DEAD_LETTER or repeats_much
    return fate.mark & SOUND > 0 or is_print_of(fate.word, print_of_letter(record))


def _came_from(record: Record) -> CameFrom | None:
    topic, *numbers = (record.header(name) for name in (*ORIGIN, ITEM))
    if not all(number.isdigit() and len(number) <= _MOST_OF_AN_OFFSET for number in numbers):
        return None
    return CameFrom(topic.decode(errors="replace"), *map(int, numbers))
