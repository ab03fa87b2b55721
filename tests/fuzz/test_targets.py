"""Each target holds for what fuzzing begins with, and finds a promise that is broken."""

from __future__ import annotations

import json
from itertools import islice

import pytest

from tests.fuzz.mutating import mutated
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS, check_item, state
from worker.intake.items import DeadLetter
from worker.lifecycle.record import FORMAT, Lead, encode_lead

FEW = 25
"""Seeds that are looked at here; the corpus's own test looks at all of them."""


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_holds_for_its_seeds(target: str) -> None:
    found = list(islice(seeds(target), FEW))
    assert len(found) == FEW
    for seed in (b"", b"\xff", *found):
        TARGETS[target](seed)


@pytest.mark.parametrize(
    "value", [b"", b"\x00" * 8, encode_lead(Lead())[:-1], b"\x00" * 8 + bytes((FORMAT + 1,))]
)
def test_a_record_that_is_none_has_a_named_error(value: bytes) -> None:
    state(value)


def test_a_message_that_would_forge_a_line_is_found() -> None:
    with pytest.raises(AssertionError):
        check_item(DeadLetter("json.invalid", "two\nlines"))


def test_an_error_of_the_door_itself_is_found() -> None:
    with pytest.raises(AssertionError):
        check_item(DeadLetter("internal.error", "intake failed with KeyError"))


def test_json_is_mutated_as_json_within_the_limit_and_by_its_seed_alone() -> None:
    data = b"\x00\x00" + json.dumps({"a": [1, {"b": None}], "c": "d"}).encode()
    told = [mutated(data, 200, seed, lambda given, most: given[:most]) for seed in range(200)]
    assert told == [
        mutated(data, 200, seed, lambda given, most: given[:most]) for seed in range(200)
    ]
    assert len(set(told)) > FEW
    assert all(len(one) <= 200 for one in told)
    assert any(one != data and json.loads(one[2:]) is not None for one in told if len(one) < 200)
