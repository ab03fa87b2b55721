"""What other teams rely on: schemas that change only on purpose, and samples that decode for ever."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

import schemas
from schemas import EVENTS, OUTCOMES
from tests.contract.freeze import FROZEN, text_of
from worker.intake.admit import admit
from worker.intake.items import AccountHeard, Admitted

GOLDEN = Path(__file__).parent / "golden"
KINDS = {**EVENTS, **OUTCOMES}


def samples(kind: str) -> list[dict[str, Any]]:
    """Returns the golden samples of a type; they are added to, never changed."""
    lines = (GOLDEN / f"{kind}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("kind", KINDS)
def test_the_frozen_schema_is_what_the_model_says(kind: str) -> None:
    frozen = (FROZEN / f"{kind}.json").read_text()
    assert frozen == text_of(kind), (
        "if this is meant: python -m tests.contract.freeze, and read the diff"
    )


def test_nothing_else_is_frozen() -> None:
    assert {path.stem for path in FROZEN.iterdir()} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_golden_samples_decode_for_ever(kind: str) -> None:
    model = getattr(schemas, KINDS[kind])
    for sample in samples(kind):
        told = json.loads(model.model_validate(sample).model_dump_json(exclude_unset=True))
        assert model.model_validate(told) == model.model_validate(sample)


@pytest.mark.parametrize("kind", EVENTS)
def test_golden_events_are_admitted_for_ever(kind: str) -> None:
    for sample in samples(kind):
        (item,) = admit(kind, orjson.dumps(sample), strict=True)
        assert isinstance(item, Admitted | AccountHeard), item


def shapes(kind: str) -> list[dict[str, Any]]:
    """Returns the JSON Schemas of a type itself, one an action where it has several."""
    definition = json.loads((FROZEN / f"{kind}.json").read_text())
    every = [definition, *definition.get("$defs", {}).values()]
    return [shape for shape in every if "lead_id" in shape.get("properties", {})]


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_a_type_has_a_sample(kind: str) -> None:
    told = {name for sample in samples(kind) for name, value in sample.items() if value is not None}
    assert {name for shape in shapes(kind) for name in shape["properties"]} == told


@pytest.mark.parametrize("kind", EVENTS)
def test_every_field_says_what_it_means(kind: str) -> None:
    silent = [
        f"{shape['title']}.{name}"
        for shape in shapes(kind)
        for name, told in shape["properties"].items()
        if "description" not in told and name != "action"
    ]
    assert silent == []


def test_the_frozen_schemas_know_what_no_single_field_tells() -> None:
    email, call = (
        json.loads((FROZEN / f"{kind}.json").read_text())
        for kind in ("email-engagement", "call-disposition")
    )
    assert email["if"]["properties"]["kind"] == {"const": "bounced"}
    assert (email["then"]["required"], email["then"]["properties"]) == (
        ["bounce"],
        {"bounce": {"enum": ["hard", "soft"]}},
    )
    seconds = call["properties"]["duration_seconds"]["anyOf"]
    assert [told.get("minimum") for told in seconds] == [0, 0, None]
    assert re.search(email["properties"]["event_id"]["pattern"], "a\nb") is None
    assert re.search(email["properties"]["occurred_at"]["pattern"], "2026-03-01T09:30:00") is None


FRUGAL = """
import sys, schemas
assert "pydantic" not in sys.modules
from schemas import FormSubmission
assert "schemas.handoff" not in sys.modules
"""


def test_who_needs_one_model_does_not_pay_for_all() -> None:
    subprocess.run([sys.executable, "-c", FRUGAL], check=True, cwd=FROZEN.parents[1])
