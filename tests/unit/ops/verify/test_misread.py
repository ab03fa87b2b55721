"""An item that became something else than its bytes say has a name, however consistent all the rest is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from schemas.spine import AccountAnswered, AccountUpdated, Activity, FormSubmitted
from tests.unit.ops.verify.conftest import LEADS
from tests.unit.ops.verify.judging import names, wheres
from tests.unit.ops.verify.town import NOON, Logs, Town, form
from topics.catalogue import DEAD_LETTER, OUTCOMES, SPINE, name_of
from worker.intake.items import Admitted, DeadLetter, Item
from worker.lane.processor import Record, Stage
from worker.ops.traffic import Produced, history
from worker.stream.intake import Intake


class Confusing(Intake):
    """Relays some activities under another lead."""

    def _send(self, stage: Stage[None], topic: str, key: str, message: Any) -> None:
        if (
            isinstance(message, Activity)
            and message.came_from
            and message.came_from.offset % 10 == 3
        ):
            key = "somebody else"
        super()._send(stage, topic, key, message)


class Garbling(Intake):
    """Relays every form as another one."""

    def _send(self, stage: Stage[None], topic: str, key: str, message: Any) -> None:
        if isinstance(message, FormSubmitted):
            message = msgspec.structs.replace(message, form_id="another")
        super()._send(stage, topic, key, message)


class Lying(Intake):
    """Relays other words of accounts than they said."""

    def _send(self, stage: Stage[None], topic: str, key: str, message: Any) -> None:
        if topic == SPINE.name and isinstance(message, AccountUpdated):
            message = msgspec.structs.replace(message, relationship="former_partner")
        elif isinstance(message, AccountAnswered):
            message = msgspec.structs.replace(message, heard=None)
        super()._send(stage, topic, key, message)


class Burying(Intake):
    """Takes sound items for what cannot be read."""

    code: Any = "json.invalid"

    def _items(self, record: Record) -> Sequence[Item]:
        return [
            DeadLetter(self.code, "", one.item) if isinstance(one, Admitted) else one
            for one in super()._items(record)
        ]


class Breaking(Burying):
    """Breaks on sound items."""

    code = "internal.error"


def logs_of(intake: type[Intake]) -> Logs:
    town = Town()
    for lane in town._intake:
        lane.processor.__class__ = intake
    town.produce(history(7, LEADS // 2, NOON))
    town.come_to_rest()
    return town.logs


@pytest.mark.parametrize("intake", [Confusing, Garbling, Lying, Burying, Breaking])
def test_an_intake_that_makes_something_else_of_items_is_named(intake: type[Intake]) -> None:
    assert names(logs_of(intake)) == {"misread"}


def letters(logs: Logs) -> list[Record]:
    return logs.of(DEAD_LETTER.name)


def with_header(record: Record, name: str, value: bytes | None) -> Record:
    headers = tuple((one, value if one == name else told) for one, told in record.headers)
    kept = tuple((one, told) for one, told in headers if one != name or told is not None)
    return msgspec.structs.replace(record, headers=kept)


@pytest.mark.parametrize("code", [b"bogus.code", b"internal.error", b"time.past", b""])
def test_a_dead_letter_with_a_code_it_does_not_deserve_is_misread(logs: Logs, code: bytes) -> None:
    first = letters(logs)[0]
    logs.replace(first, headers=with_header(first, "lead-router-error-code", code).headers)
    assert names(logs) == {"misread"}
    assert (code.decode() or "no code") in wheres(logs, "misread")[0]


@pytest.mark.parametrize(
    "spoilt",
    [
        {"key": b"another"},
        {"value": b"another"},
        {"value": None},
        {"headers": (("theirs", b"another"),)},
    ],
)
def test_a_dead_letter_that_is_not_the_original_is_altered(
    logs: Logs, spoilt: dict[str, Any]
) -> None:
    first = letters(logs)[0]
    headers = (*spoilt.pop("headers", ()), *first.headers)
    logs.replace(first, headers=headers, **spoilt)
    assert names(logs) == {"altered"}


@pytest.mark.parametrize("name", ["lead-router-attempt", "__connect.errors.exception.message"])
def test_a_dead_letter_that_does_not_say_all_it_has_to_is_altered(logs: Logs, name: str) -> None:
    first = letters(logs)[0]
    logs.replace(first, headers=with_header(first, name, None).headers)
    assert names(logs) == {"altered"}


STRANGE: list[tuple[str, Any]] = [
    ("raw.hubspot-call", {"id": "1", "hs_timestamp": NOON, "hs_call_disposition": "own"}),
    ("raw.sendgrid", [{"event": "teleported", "email": "ana@acme.example"}]),
]


@pytest.mark.parametrize("kind, body", STRANGE)
def test_a_dead_letter_of_an_item_whose_word_nobody_knows_is_the_original_too(
    kind: str, body: object
) -> None:
    town = Town()
    value = json.dumps(body).encode()
    town.produce([form("ana"), Produced(name_of(kind), b"k", value, (), NOON)])
    town.come_to_rest()
    assert names(town.logs) == set()
    (letter,) = letters(town.logs)
    town.logs.replace(letter, value=b"something else")
    assert names(town.logs) == {"altered"}


HEADERS = (
    "ce_id",
    "ce_type",
    "ce_subject",
    "ce_time",
    "ce_source",
    "ce_specversion",
    "content-type",
)


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("value", [None, b"x"])
def test_an_outcome_with_another_envelope_is_altered(
    logs: Logs, name: str, value: bytes | None
) -> None:
    first = logs.of(OUTCOMES[0].name)[3]
    logs.replace(first, headers=with_header(first, name, value).headers)
    is_of_others = name == "ce_source" and value is not None
    assert names(logs) & {"lost", "torn"} if is_of_others else names(logs) == {"altered"}


@pytest.mark.parametrize("more", [("worker", b"host-3"), ("ce_id", b"someone/else")])
def test_an_outcome_that_says_more_than_the_contract_is_altered(
    logs: Logs, more: tuple[str, bytes]
) -> None:
    first = logs.of(OUTCOMES[0].name)[3]
    logs.replace(first, headers=(more, *first.headers))
    assert names(logs) == {"altered"}


def test_outcomes_without_any_header_are_altered(logs: Logs) -> None:
    for topic in OUTCOMES:
        for record in logs.of(topic.name):
            logs.replace(record, headers=())
    assert names(logs) == {"altered"}
