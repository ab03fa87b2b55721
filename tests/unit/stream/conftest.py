"""Two policies: one, and the same under another name."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker import presets
from worker.lifecycle.language.plan import Policy


@pytest.fixture
def policy() -> Policy:
    return presets.load("inside-sales")


@pytest.fixture
def revised(tmp_path: Path) -> Policy:
    file = tmp_path / "revised.toml"
    file.write_text('extends = "inside-sales"\nversion = "revised"\n')
    return presets.load(str(file))
