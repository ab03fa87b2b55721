"""One item of a vendor's body, without its neighbours and byte for byte."""

from __future__ import annotations

import msgspec
import pytest

from worker.intake.adapters.cut import cut
from worker.intake.adapters.hubspot_email import HUBSPOT_EMAIL
from worker.intake.adapters.sendgrid import SENDGRID
from worker.intake.adapters.table import Table
from worker.intake.admit import admit


@pytest.mark.parametrize(
    "table, body, item, alone",
    [
        (SENDGRID, b' [ {"a" : 1.0} , {"b":"\\u00e9"} ] ', 0, b'[{"a" : 1.0}]'),
        (SENDGRID, b'[{"a":1},{"b":"\\u00e9"}]', 1, b'[{"b":"\\u00e9"}]'),
        (SENDGRID, b'[[{"a":1},{"b":2}]]', 0, b'[[{"a":1},{"b":2}]]'),
        (SENDGRID, b'{"a":1}', 0, b'{"a":1}'),
        (SENDGRID, b'{"events":[{"a":1},{"b":2}]}', 0, b'{"events":[{"a":1},{"b":2}]}'),
        (HUBSPOT_EMAIL, b'{"n":2,"events":[{"a":1},{"b":2}]}', 1, b'[{"b":2}]'),
        (HUBSPOT_EMAIL, b'{"events":{"a":1}}', 0, b'{"events":{"a":1}}'),
        (SENDGRID, b'[{"a":1}]', 1, None),
        (SENDGRID, b'{"a":1}', 1, None),
        (SENDGRID, b"[{", 0, None),
        (SENDGRID, b"[]", 0, None),
    ],
)
def test_an_item_is_cut_out(table: Table, body: bytes, item: int, alone: bytes | None) -> None:
    assert cut(table, body, item) == alone


def test_what_is_cut_out_is_the_same_item_to_the_door() -> None:
    body = (
        b'[{"event":"open","email":"ana@acme.example","timestamp":1772355600},[{"event":"open"}],7]'
    )
    for place, item in enumerate(admit("raw.sendgrid", body)):
        alone = cut(SENDGRID, body, place)
        assert admit("raw.sendgrid", alone) == [msgspec.structs.replace(item, item=0)]
