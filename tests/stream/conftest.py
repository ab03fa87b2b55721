"""Lanes on a log in memory live in virtual time: a wait costs nothing, and one that nothing can end is an error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.simulation.bodies import Loop
from worker import presets
from worker.lifecycle.language.plan import Policy


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], Loop]]:
    return {"virtual": Loop}


@pytest.fixture(scope="session")
def one() -> Policy:
    """Gives the policy that is the default."""
    return presets.load("inside-sales")


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    """Gives another version of it."""
    return _version(tmp_path_factory, "other")


@pytest.fixture(scope="session")
def third(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    """Gives one more."""
    return _version(tmp_path_factory, "third")


def _version(folders: pytest.TempPathFactory, name: str) -> Policy:
    file: Path = folders.mktemp("policy") / f"{name}.toml"
    file.write_text(f'extends = "inside-sales"\nversion = "{name}"\n')
    return presets.load(str(file))
