"""How a life is lived: in a loop of its own, where time is virtual and every place that is passed is heard."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar
from unittest.mock import patch

from tests.faults.simulation import bodies
from worker.lane import failpoints
from worker.lifecycle import receive

T = TypeVar("T")

WAITING_MS = 7_003
"""How long a lead waits for its account here: shorter than accounts may be away, and as long as nothing else."""


def in_virtual_time(life: Coroutine[object, object, T]) -> T:
    """Lives a life in a loop of its own."""
    failpoints.listen(bodies.passes)
    try:
        with (
            patch.object(receive, "WAITING_MS", WAITING_MS),
            asyncio.Runner(loop_factory=bodies.Loop) as runner,
        ):
            runner.get_loop().set_exception_handler(lambda *_: None)  # who died is not asked
            return runner.run(life)
    finally:
        failpoints.listen(None)
