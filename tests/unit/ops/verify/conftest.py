"""An installation that has worked everything off, built once; each test spoils a copy."""

from __future__ import annotations

import pytest

from tests.unit.ops.verify.town import NOON, Logs, Town
from worker.ops.traffic import history

LEADS = 150
AN_HOUR_MS = 3_600_000


@pytest.fixture(scope="session")
def honest() -> Logs:
    town = Town()
    produced = list(history(7, LEADS, NOON))
    for half in (produced[: len(produced) // 2], produced[len(produced) // 2 :]):
        town.produce(half)
        town.come_to_rest()
        town.now += AN_HOUR_MS
    return town.logs


@pytest.fixture
def logs(honest: Logs) -> Logs:
    return honest.copy()
