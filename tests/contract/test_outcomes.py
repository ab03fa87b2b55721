"""What is decided fits what is promised: the models refuse nothing and know every field."""

from __future__ import annotations

from pathlib import Path

import pytest

import schemas
from schemas.instant import instant_of, milliseconds
from topics.catalogue import kind_of
from worker.intake.items import DeadLetter
from worker.ops.simulation import Simulation
from worker.ops.traffic import history
from worker.presets import NAMES, load

END = milliseconds(instant_of("2026-03-01T00:00:00Z"))
A_YEAR = 366 * 24 * 60 * 60 * 1000


POLICIES = sorted((Path(__file__).parents[1] / "policies").glob("*.toml"))


@pytest.mark.parametrize(
    "policy", [*NAMES, *map(str, POLICIES)], ids=lambda named: Path(named).stem
)
def test_outcomes_fit_their_models(policy: str) -> None:
    simulation = Simulation(load(policy))
    outcomes = [
        outcome
        for record in history(seed=7, leads=80, ends_at=END)
        for told in simulation.apply(kind_of(record.topic), record.value)
        if not isinstance(told, DeadLetter)
        for outcome in told
    ]
    outcomes += simulation.run_until(END + A_YEAR)
    for outcome in outcomes:
        model = getattr(schemas, schemas.OUTCOMES[outcome.type])
        model.model_validate_json(
            outcome.encoded(), extra="forbid" if outcome.type != "handoff" else "ignore"
        )
    told = {outcome.type for outcome in outcomes}
    assert told | {"handoff"} == schemas.OUTCOMES.keys()
    assert "handoff" in told or policy != "inside-sales"
