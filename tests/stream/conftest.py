"""Lanes on a log in memory live in virtual time: a wait costs nothing, and one that nothing can end is an error."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.simulation.bodies import Loop


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], Loop]]:
    return {"virtual": Loop}
