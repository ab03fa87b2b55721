"""What must hold for any bytes whatever: each target raises where it does not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from schemas import spine
from tests.silent import Silent
from tests.unit.ops.verify.agreeing import UNTIMED_MS, compared
from topics.catalogue import DEAD_LETTER, INPUTS, RAW, kind_of, name_of
from worker.intake.admit import admit
from worker.intake.items import AccountHeard, Admitted, DeadLetter, Item
from worker.lane.birth import BIRTH_KEY
from worker.lane.errors import ChangelogDamaged, WrittenByNewer
from worker.lane.positions import POSITION_KEY
from worker.lane.processor import LANE_OWN, Record
from worker.lane.table import Table
from worker.lifecycle.language.policy import PolicyError
from worker.lifecycle.record import (
    UnknownFormatError,
    UnreadableRecordError,
    decode_lead,
    encode_lead,
)
from worker.ops.simulation import Simulation
from worker.presets import NAMES, load
from worker.stream.accounts import Accounts
from worker.stream.burial import (
    CONNECT,
    ERROR_ATTEMPT,
    ERROR_CODE,
    ERROR_ITEM,
    LEFT_OUT,
    PARTS,
    dead_letters_of,
)
from worker.stream.letters import REPLAY_OF, NotReplayable, letter_of, original_of

ORIGIN_KEY = LANE_OWN + b"origin/leads.web-visit.v1/3"
KINDS = [kind_of(topic.name) for topic in (*INPUTS, *RAW)]
HEADERS: list[list[tuple[str, bytes | None]]] = [
    [],
    [("content-type", b"application/cloudevents+json")],
    [("ce_id", b"e-1"), ("ce_source", b"crm"), ("ce_time", b"2026-03-01T09:00:00Z")],
    [("ce_id", None), ("CE_TYPE", b"leads.web-visit.v1"), ("ce_time", b"2026-03-01T09:00:00")],
    [("ce_id", b"\xff"), ("content-type", b"\xff")],
    [("ce_type", b"leads.web-visit.v2"), ("ce_specversion", b"0.3")],
]
RECORDED_MS = [None, 1_772_355_600_000, -1, 0]
NAMES_OF_HEADERS = [
    *(f"{CONNECT}{what}" for what in ("topic", "partition", "offset", "exception.message")),
    *(f"{LEFT_OUT}{what}" for what in PARTS),
    *(ERROR_CODE, ERROR_ITEM, ERROR_ATTEMPT, REPLAY_OF, "ce_id"),
]
LONGEST_MESSAGE = 300
_POLICIES = [load(name) for name in NAMES]
_FIVE_YEARS_MS = 5 * 366 * 86_400_000
"""Longer than any circle of stays."""


def decoder(data: bytes) -> None:
    """The door answers any value of any kind with items, the same ones each time, and repeats nothing in a message."""
    kind, how, value = chosen(data)
    headers, recorded = HEADERS[how % len(HEADERS)], RECORDED_MS[how // 8 % len(RECORDED_MS)]
    strict = how >= 128  # the highest bit
    items = admit(kind, value, headers, recorded, strict=strict)
    assert items == admit(kind, value, headers, recorded, strict=strict)
    assert [item.item for item in items] == list(range(len(items)))
    for item in items:
        check_item(item)


def oracle(data: bytes) -> None:
    """What the door makes of any value of any kind is what the oracle expects of those bytes."""
    kind, how, value = chosen(data)
    headers, recorded = HEADERS[how % len(HEADERS)], RECORDED_MS[how // 8 % len(RECORDED_MS)]
    time = UNTIMED_MS if recorded is None else recorded
    record = Record(name_of(kind), 0, 0, time, None, value, tuple(headers))
    compared(record.topic, record, strict=how >= 128)  # the highest bit


def life(data: bytes) -> None:
    """What the door lets in, a lead lives with, under any policy; and its record is read as it was written."""
    kind, how, value = chosen(data)
    simulation = Simulation(_POLICIES[how % len(_POLICIES)])
    for _ in range(2):
        list(simulation.apply(kind, value))
    latest = max((lead.clock for lead in simulation.leads.values()), default=0)
    list(simulation.run_until(latest + _FIVE_YEARS_MS))
    for lead in simulation.leads.values():
        kept = encode_lead(lead)
        assert encode_lead(decode_lead(kept)) == kept
    list(simulation.state())


def policy(data: bytes) -> None:
    """A policy file is a policy, or PolicyError says what is wrong with it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "mine.toml"
        path.write_bytes(data)
        try:
            load(str(path))
        except PolicyError:
            return


def state(data: bytes) -> None:
    """A record of a lead is a lead, or an error that has a name."""
    try:
        lead = decode_lead(data)
    except (UnknownFormatError, UnreadableRecordError):
        return
    encode_lead(lead)


def changelog(data: bytes) -> None:
    """What a changelog holds besides leads can be read, or an error that has a name says that it cannot."""
    which, value = data[:1], data[1:]
    keys = (POSITION_KEY, BIRTH_KEY, ORIGIN_KEY, LANE_OWN + b"origin/" + value, LANE_OWN + value)
    key = keys[which[0] % len(keys)] if which else POSITION_KEY
    with suppress(ChangelogDamaged):
        Table().recover([Record("changelog", 0, 0, 0, key, value)])
    accounts = Accounts("fuzzed", Silent())
    try:
        kept = accounts.decode(value)
    except (ChangelogDamaged, WrittenByNewer):
        return
    assert accounts.decode(accounts.encode(kept)) == kept


def chosen(data: bytes) -> tuple[str, int, bytes]:
    """Returns the kind, a number that chooses the rest, and the value: its first two bytes say the former."""
    kind, how = (data + b"\x00\x00")[:2]
    return KINDS[kind % len(KINDS)], how, data[2:]


def check_item(item: Item) -> None:
    match item:
        case DeadLetter():
            assert item.code != "internal.error"
            assert item.message.isprintable()
            assert len(item.message) <= LONGEST_MESSAGE
        case Admitted():
            assert item.lead_id.encode()
            assert spine.decode(spine.encode(item.activity)) == item.activity
        case AccountHeard():
            assert item.account_id.encode()
            assert msgspec.json.decode(spine.encode(item.update))


def letter(data: bytes) -> None:
    """What lies on the dead letters' topic is a letter or none, and goes back to an input topic as it came, or not."""
    *lines, value = data.split(b"\n")
    headers = tuple(
        (NAMES_OF_HEADERS[line[0] % len(NAMES_OF_HEADERS)], line[1:]) for line in lines if line
    )
    found = letter_of(Record(DEAD_LETTER.name, 0, 0, 0, None, value, headers))
    if found is not None:
        with suppress(NotReplayable):
            original_of(found)
    record = Record(name_of("web-visit"), 1, 2, 3, value[:1], value, headers)
    (buried,) = dead_letters_of(record, [DeadLetter("json.invalid", "the value is not JSON")])
    again = letter_of(Record(DEAD_LETTER.name, 0, 0, 0, *buried))
    assert again is not None
    assert again.origin == (record.topic, record.partition, record.offset, 0)
    key, resent, theirs = original_of(again)
    assert (key, resent) == (record.key, record.value)
    assert [one for one in theirs if one[0] == "ce_id"] == [
        one for one in headers if one[0] == "ce_id"
    ]


TARGETS: dict[str, Callable[[bytes], None]] = {
    "decoder": decoder,
    "oracle": oracle,
    "life": life,
    "policy": policy,
    "state": state,
    "changelog": changelog,
    "letter": letter,
}
