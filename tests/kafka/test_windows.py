"""A few windows between worker and broker, hit at the proxy: real workers, sample traffic, and the oracle at the end.

The rest: `python -m tests.faults.windows_run`, `links_run`, `nodes_run`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.installation import Installation, installed
from tests.faults.trial import Result, Vacuous, tried
from tests.faults.windows import WINDOWS, Experiment, Way
from tests.faults.windows_run import Trial
from worker.ops.local_broker import Say

SEED = 3
FEW: tuple[tuple[str, Way], ...] = (("W10", "late"), ("W9", "reset"))


@pytest.fixture
async def place(java: None, say: Say, tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(1, SEED, tmp_path, say) as place:
        yield place


async def test_what_is_hit_in_a_window_loses_and_doubles_nothing(place: Installation) -> None:
    async def idle() -> None:
        raise Vacuous("not seen")

    nobody = await tried(place, Result("none", "nowhere", SEED, "none"), idle)
    assert nobody.lacking == ["not seen"]
    assert nobody.wrong[0].startswith("nothing to judge")
    assert (place.folder / "none.jsonl").exists()

    windows = {window.name: window for window in WINDOWS}
    for name, way in FEW:
        result = await Trial(place, Experiment(windows[name], way), SEED).run()
        assert not result.red
        assert result.seen
