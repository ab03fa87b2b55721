"""Dead letters read back: where each came from, what was wrong, and what puts its original onto its topic again.

A replay is the original once more: key, value and headers, and one header that says of which dead letter, so that a
second replay is recognised on the input topic itself. Of a vendor's array only the item that failed goes back, as an
array of its own: its neighbours came through, and beyond the last 32 events of a lead nobody would know them again.
"""

from __future__ import annotations

import msgspec

from topics.catalogue import INPUTS, RAW, kind_of
from topics.settings import LARGEST_RECORD
from worker.intake.adapters.cut import cut
from worker.intake.adapters.vendors import TABLES
from worker.lane.log import Message
from worker.lane.processor import Headers, Origin, Record, size_of_headers
from worker.stream.burial import (
    CONNECT,
    ERROR_ATTEMPT,
    ERROR_CODE,
    ERROR_ITEM,
    LEFT_OUT,
    PARTS,
    is_ours,
)

REPLAY_OF = "lead-router-replay-of"
"""The header of a replayed record that names the dead letter: `topic/partition/offset/item`."""
REPLAYABLE = frozenset(topic.name for topic in (*INPUTS, *RAW))
"""The topics that a replay writes to, whatever a header says."""
_OF_THE_WHOLE = frozenset({"encoding.invalid", "json.invalid", "json.limits", "internal.error"})
"""With these codes nothing of the record came through, so all of it goes back."""
_FRAME = 512
"""More bytes than a batch of one record has around it."""


class NotReplayable(Exception):
    """An original cannot be put back; says why."""


class Letter(msgspec.Struct, frozen=True):
    """A dead letter; what it leaves out of the original is that of another item of its record, where that was found."""

    origin: Origin
    code: str
    message: str
    attempt: int
    record: Record
    key: bytes | None
    value: bytes | None
    headers: Headers
    lacking: frozenset[str] = frozenset()
    """Which parts of the original are not known."""

    @property
    def left_out(self) -> list[str]:
        """Returns which parts of the original did not fit."""
        names = {name for name, _ in self.record.headers}
        return [what for what in PARTS if f"{LEFT_OUT}{what}" in names]


def letter_of(record: Record) -> Letter | None:
    """Returns what a record of the dead letters' topic says, None where it is nothing that intake wrote."""
    topic, code = _text(record, f"{CONNECT}topic"), _text(record, ERROR_CODE)
    numbers = [_text(record, name) for name in (f"{CONNECT}partition", f"{CONNECT}offset")]
    numbers += [_text(record, ERROR_ITEM), _text(record, ERROR_ATTEMPT)]
    if not topic or not code or not all(map(_is_number, numbers)):
        return None
    partition, offset, item, attempt = map(int, numbers)
    message = _text(record, f"{CONNECT}exception.message")
    origin = Origin(topic, partition, offset, item)
    theirs = tuple(one for one in record.headers if not is_ours(one[0]))
    letter = Letter(origin, code, message, attempt, record, record.key, record.value, theirs)
    return msgspec.structs.replace(letter, lacking=frozenset(letter.left_out))


def completed(letter: Letter, other: Letter) -> Letter:
    """Returns a letter with what another one of its record has of the original and it lacks."""
    found = letter.lacking - other.lacking
    parts = {what: getattr(other, what) for what in found}
    return msgspec.structs.replace(letter, lacking=letter.lacking - found, **parts)


def written(origin: Origin) -> str:
    """Returns an origin as one writes it: `topic/partition/offset/item`."""
    return "/".join(map(str, origin))


def original_of(letter: Letter) -> Message:
    """Returns key, value and headers of what goes back onto the topic; raises NotReplayable."""
    if letter.origin.topic not in REPLAYABLE:
        raise NotReplayable("it did not come from an input topic")
    if letter.lacking:
        lacking = [what for what in letter.left_out if what in letter.lacking]
        raise NotReplayable(f"its {' and '.join(lacking)} did not fit into the dead letter")
    key, value, headers = letter.key, _item_of(letter), _headers(letter)
    if _FRAME + len(key or b"") + len(value or b"") + size_of_headers(headers) > LARGEST_RECORD:
        raise NotReplayable(f"it is larger than the {LARGEST_RECORD} bytes that an input takes")
    return key, value, headers


def _item_of(letter: Letter) -> bytes | None:
    table, value = TABLES.get(kind_of(letter.origin.topic)), letter.value
    if table is None or value is None or letter.code in _OF_THE_WHOLE:
        return value
    item = cut(table, value, letter.origin.item)
    if item is None:
        raise NotReplayable(f"its value has no item {letter.origin.item}")
    return item


def _headers(letter: Letter) -> Headers:
    """Returns the original's headers, how often it has failed, and which dead letter this is a replay of."""
    theirs = [(name, value) for name, value in letter.headers if name != REPLAY_OF]
    attempt = (ERROR_ATTEMPT, str(letter.attempt).encode())
    return (*theirs, attempt, (REPLAY_OF, written(letter.origin).encode()))


def _text(record: Record, name: str) -> str:
    return record.header(name).decode(errors="replace")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= len(str(2**63))
