"""Each target holds for what fuzzing begins with, and finds a promise that is broken."""

from __future__ import annotations

from itertools import islice

import pytest

from tests.fuzz.mutating import JSON, PACKED, Form, mutated
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


@pytest.mark.parametrize("form", [JSON, PACKED])
def test_a_value_is_mutated_as_what_it_is_within_the_limit_and_by_its_seed_alone(
    form: Form,
) -> None:
    data = b"\x00" * form.prefix + form.write({"a": [1, {"b": None}], "c": "d"})

    def told() -> list[bytes]:
        return [mutated(data, 200, seed, form, lambda given, _: given) for seed in range(200)]

    found = told()
    assert found == told()
    assert len(set(found)) > FEW
    assert all(len(one) <= 200 for one in found)
    whole = [form.read(one[form.prefix :]) for one in found if len(one) < 200]
    assert len(whole) > FEW
