"""Each defect is named by the judge, which reads logs, within so many lives; or seen, where no log shows it."""

from __future__ import annotations

from operator import attrgetter

import pytest

from tests.faults.simulation.mutants import NAMED, SEEN, hunted

SEEDS = 20
"""Of the mutants that need luck, most are named in one life of five."""


@pytest.mark.parametrize("name", NAMED)
def test_the_judge_names_a_mutant(name: str) -> None:
    found = hunted(NAMED[name], range(SEEDS), attrgetter("named"))
    assert found is not None, f"the judge has named it in none of {SEEDS} lives"


@pytest.mark.parametrize("name", SEEN)
def test_a_mutant_is_seen_of_which_logs_show_nothing(name: str) -> None:
    found = hunted(SEEN[name], range(SEEDS), attrgetter("seen"))
    assert found is not None, f"{SEEDS} lives have not shown it"
    _, outcome = found
    assert outcome.named == []
