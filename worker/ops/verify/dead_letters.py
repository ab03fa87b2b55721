"""Which items are dead letters, and whether each is the one it has to be.

All that are still there are read: they lie by the worker's time, not the items'. Of a dead letter that leaves something
out because it would be too much, the original is read again.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.spine import CameFrom
from worker.lane.processor import Record, TopicPartition
from worker.ops.verify.decoder.decode import (
    ATTEMPT,
    CODE,
    ITEM,
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
from worker.ops.verify.originals import Originals, sizes_in

_OURS = "internal.error"
"""Whatever this is said of, no contract knows a fault of."""
_FOR_ITS_FORM = "schema.invalid"
_MOST_OF_AN_OFFSET = 19
"""Digits: no offset has more."""


async def read_dead_letters(
    logs: Logs, places: Sequence[TopicPartition], ledger: Ledger, findings: Findings
) -> None:
    """Notes in the ledger which items are dead letters; names those that are not what they have to be."""
    originals = Originals(logs)
    begins, ends = await logs.beginnings(places), await logs.ends(places)
    for place in places:
        async for records in logs.read(place, begins[place], ends[place]):
            findings.judged.dead_letters += len(records)
            for record in records:
                await _judge(record, ledger, originals, findings)


async def _judge(record: Record, ledger: Ledger, originals: Originals, findings: Findings) -> None:
    where = f"{record.topic}/{record.partition} offset {record.offset}"
    came_from = _came_from(record)
    if came_from is None:
        findings.name("phantom", f"{where}: it does not say where it was")
        return
    fate = ledger.buried(came_from)
    if fate is None or fate.mark & (SOUND | UNREADABLE) == SOUND:
        return
    code = record.header(CODE).decode(errors="replace")
    of = f"{came_from.topic}/{came_from.partition} offset {came_from.offset}"
    if code not in (deserved := _deserved(fate)):
        findings.name("misread", f"{where}: {code or 'no code'}, of {of}: {' or '.join(deserved)}")
    if any(sizes_in(record)):
        is_original = await originals.may_become(came_from, record)
    else:
        is_original = fate.mark & SOUND > 0 or is_print_of(fate.word, print_of_letter(record))
    if is_original is False or not _is_complete(record):
        findings.name("altered", f"{where}: it is not what the input holds")
    elif is_original is None:
        findings.cannot_tell(f"{of}: it is deleted, and its dead letters leave out some of it")


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


def _came_from(record: Record) -> CameFrom | None:
    topic, *numbers = (record.header(name) for name in (*ORIGIN, ITEM))
    if not all(number.isdigit() and len(number) <= _MOST_OF_AN_OFFSET for number in numbers):
        return None
    return CameFrom(topic.decode(errors="replace"), *map(int, numbers))
