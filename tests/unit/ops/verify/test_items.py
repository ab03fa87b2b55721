"""The own reading knows how many items a record holds, and agrees with the door on what may become of them."""

from __future__ import annotations

import json

import pytest

from tests.unit.ops.verify.judging import judged
from tests.unit.ops.verify.town import Town, form
from topics.catalogue import INPUTS, RAW, kind_of, name_of
from worker.intake.adapters.table import Ignore
from worker.intake.adapters.vendors import TABLES
from worker.intake.admit import admit
from worker.intake.items import DeadLetter, Ignored
from worker.ops.traffic import Produced, history
from worker.ops.verify.items import HELD, IGNORABLE, UNREADABLE, items_of

FORMS = name_of("form-submission")


@pytest.mark.parametrize("seed", [3, 4])
def test_the_own_reading_of_items_agrees_with_the_door_on_sample_traffic(seed: int) -> None:
    left_out = buried = 0
    for topic, _key, value, headers, timestamp_ms in history(seed, 200, 1_790_000_000_000):
        items = admit(kind_of(topic), value, headers, timestamp_ms)
        held = items_of(topic, value)
        assert len(held) == len(items)
        for mark, item in zip(held, items, strict=True):
            assert not mark & UNREADABLE or isinstance(item, DeadLetter)
            assert not isinstance(item, Ignored) or mark & IGNORABLE
            left_out += isinstance(item, Ignored)
            buried += isinstance(item, DeadLetter)
    assert left_out > 20
    assert buried > 0


@pytest.mark.parametrize(
    "topic, body, held",
    [
        (FORMS, b"{}", [HELD]),
        (FORMS, b" [1]", [HELD | UNREADABLE]),
        (FORMS, None, [HELD | UNREADABLE]),
        ("leads.raw.sendgrid.v1", b'[{"event": "open"}, {"event": "Processed"}, 1]', [1, 3, 5]),
        ("leads.raw.sendgrid.v1", b"[", [HELD | UNREADABLE]),
        ("leads.raw.sendgrid.v1", b"[]", [HELD | IGNORABLE]),
        ("leads.raw.hubspot-call.v1", b'{"results": [{"archived": true}, {}]}', [3, 1]),
        (
            "leads.raw.hubspot-call.v1",
            b'{"properties": {"hs_call_status": "COMPLETED", "hs_call_disposition": "x"}}',
            [HELD],
        ),
        ("leads.raw.hubspot-call.v1", b'{"properties": {"hs_call_status": "COMPLETED"}}', [3]),
        ("leads.raw.hubspot-email.v1", b'{"events": [{"type": "SENT"}, {"type": "open"}]}', [3, 1]),
        (
            "leads.raw.typeform.v1",
            b'{"event_type": "form_response", "form_response": {"response_type": "partial"}}',
            [3],
        ),
    ],
)
def test_items_are_counted_by_their_shape(topic: str, body: bytes | None, held: list[int]) -> None:
    assert list(items_of(topic, body)) == held


def test_every_topic_of_a_vendor_is_known_by_its_words() -> None:
    for topic in RAW:
        assert list(items_of(topic.name, b'{"x": 1}')) == [HELD]


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
    value = json.dumps(item).encode()
    (became,) = admit(kind, value)
    assert isinstance(became, Ignored)
    assert items_of(name_of(kind), value)[0] & IGNORABLE
