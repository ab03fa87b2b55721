"""Each defect is named by the judge within so many lives."""

from __future__ import annotations

import pytest

from tests.faults.simulation.mutants import MUTANTS, hunted

SEEDS = 60


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_named(name: str) -> None:
    mutant = MUTANTS[name]
    found = hunted(mutant, range(SEEDS))
    assert found is not None, f"{SEEDS} lives have not shown it"
