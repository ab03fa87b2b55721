"""The oracle's own reading says of every item what the door makes of it, and names whatever is made of it instead."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.corpus.cases import Case, cases
from tests.unit.ops.verify.judging import judged
from tests.unit.ops.verify.town import Town, form
from topics.catalogue import INPUTS, RAW, kind_of, name_of
from worker.intake.adapters.table import Ignore
from worker.intake.adapters.vendors import TABLES
from worker.intake.admit import admit
from worker.intake.items import AccountHeard, Admitted, DeadLetter, Ignored, Item
from worker.lane.processor import Record
from worker.ops.traffic import Produced, history
from worker.ops.verify.decoder.decode import fates
from worker.ops.verify.decoder.fate import (
    CODES,
    IGNORABLE,
    SOUND,
    UNREADABLE,
    Fate,
    codes_in,
)
from worker.ops.verify.decoder.prints import VENDORS, print_as_read

NOON = 1_790_000_000_000
LONG_AGO_AND_LATER = 1 << 45
"""Later than any event says of itself."""
UNCERTAIN = {"json.invalid", "json.limits"}
"""What of a value beyond every patience nobody says which it is."""
CORPUS = cases()


def objections(topic: str, item: Item, fate: Fate) -> Iterator[str]:
    """Yields why an item may not have become what it has."""
    sound, unreadable = bool(fate.mark & SOUND), bool(fate.mark & UNREADABLE)
    match item:
        case Admitted(key, message) | AccountHeard(key, message):
            if unreadable and not sound:
                yield f"relayed, should be {codes_in(fate.word)}"
            if sound and fate.word != print_as_read(key.encode(), message, topic):
                yield f"another print than that of {message}"
        case DeadLetter(code):
            deserved = {"schema.invalid"} if sound else set(codes_in(fate.word)) or set(CODES)
            if code not in deserved or (sound and not unreadable):
                yield f"a dead letter, {code}, should be {deserved}"
        case Ignored():
            if not fate.mark & IGNORABLE:
                yield "nowhere"


def compared(topic: str, record: Record, *, strict: bool = False) -> list[Fate]:
    """Returns what has to become of a record's items, once it was held against what the door makes of them."""
    time = None if record.timestamp_ms == LONG_AGO_AND_LATER else record.timestamp_ms
    items = admit(kind_of(topic), record.value, record.headers, time, strict=strict)
    found = list(fates(record))
    assert len(found) == (len(items) or 1)
    for item, fate in zip(items, found, strict=False):
        assert list(objections(topic, item, fate)) == []
    return found


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)
def test_the_door_makes_of_each_record_of_the_corpus_what_the_oracle_expects(case: Case) -> None:
    topic = name_of(case.kind)
    time = LONG_AGO_AND_LATER if case.recorded_ms is None else case.recorded_ms
    record = Record(topic, 0, 0, time, None, case.value, case.headers)
    for fate in compared(topic, record, strict=case.strict):
        if topic not in VENDORS:
            codes = set(codes_in(fate.word)) if not fate.mark & SOUND else set()
            assert fate.mark & (SOUND | UNREADABLE)
            assert len(codes) <= 1 or codes == UNCERTAIN


@pytest.mark.parametrize("seed", [3, 4])
def test_the_door_makes_of_sample_traffic_what_the_oracle_expects(seed: int) -> None:
    marks: Counter[int] = Counter()
    for topic, key, value, headers, timestamp_ms in history(seed, 200, NOON):
        record = Record(topic, 0, 0, timestamp_ms, key, value, headers)
        marks.update(
            fate.mark & (SOUND | UNREADABLE | IGNORABLE) for fate in compared(topic, record)
        )
    assert marks[IGNORABLE] > 20
    assert marks[UNREADABLE] > 0
    assert marks[SOUND] > 0.9 * marks.total()
    assert not marks[0]


STRANGE = (
    b"",
    b"null",
    b"\xff",
    b"\xef\xbb\xbf{}",
    b"{} {}",
    b'{"a": NaN}',
    b'{"a": 1, "a": 2}',
    b'{"a": "\\ud800"}',
    b'{"a": 123456789012345678901234567890}',
    b'"text"',
    b"[]",
    b" \n[ ]",
    b"[[]]",
    b"[1, null, {}, []]",
    b"[{}, {}, {}]",
    b'[{"event": "processed"}, {"event": ["open"]}, {"a": 1, "a": 2}]',
    b"[" + b",".join([b"{}"] * 10_001) + b"]",
    b"[" * 40 + b"]" * 40,
    b'{"results": []}',
    b'{"results": [{}, 1], "events": [{}]}',
    b'{"events": {}}',
    b'{"a": "' + b"x" * 300_000 + b'"}',
    b"[" + b" " * 300_000 + b"]",
    b'{"properties": 1, "form_response": []}',
)
"""What strangers may put onto an input."""


def test_whatever_strangers_send_is_accounted_for() -> None:
    town = Town()
    topics = (*INPUTS, *RAW)
    town.produce(Produced(t.name, b"", body, (), 0) for t in topics for body in STRANGE)
    town.produce([form("ana")])
    town.come_to_rest()
    report = judged(town.logs)
    assert (report.verdict, report.first) == ("PASS", [])
    assert report.items["dead_letters"] > len(topics) * 10


def ignored_samples() -> list[tuple[str, dict[str, str]]]:
    """Returns an item for each plain word for which a vendor's table leaves items out."""
    samples = []
    for kind, table in TABLES.items():
        for rule in table.rules:
            if not isinstance(rule, Ignore) or any("*" in key for key in rule.when):
                continue
            chosen = {key.rstrip("?"): words.split("|")[0] for key, words in rule.when.items()}
            path, words = next(iter(rule.when.items()))
            samples += [(kind, {**chosen, path.rstrip("?"): word}) for word in words.split("|")]
    return samples


@pytest.mark.parametrize("kind, item", ignored_samples())
def test_what_a_table_leaves_out_may_be_nowhere(kind: str, item: dict[str, str]) -> None:
    value, topic = json.dumps(item).encode(), name_of(kind)
    (became,) = admit(kind, value)
    assert isinstance(became, Ignored)
    compared(topic, Record(topic, 0, 0, NOON, None, value))
