"""What is done to whom, and when: all of it follows from a seed."""

from __future__ import annotations

import random
from typing import NamedTuple

WINDOWS = {
    "between-writers": "W21",
    "recovering": "W13",
    "opened": "W13",
    "decided": "W1",
    "begun": "W2",
    "state-sent": "W5",
    "outcomes-sent": "W7",
    "acknowledged": "W10",
    "committed": "W12",
    "relayed": "W8, W19",
    "position-sent": "W9",
    "position-written": "W9",
    "draining": "W14, W17",
    "deadlines-released": "W18",
    "deadlines-written": "W18",
}
"""Every fail point of the lanes, and the windows of the guarantees that it stands in."""

AT_RANDOM = {"kill": 8, "end": 3, "freeze": 2, "apart": 2, "together": 2, "policy": 1}
"""Acts and their relative weights."""
MEAN_SECONDS = 5.0


class Act(NamedTuple):
    """One act: its kind, which worker (a share of those there are), how long before it, and the fail point if any."""

    kind: str
    whom: float
    after_seconds: float
    failpoint: str = ""

    def __str__(self) -> str:
        where = f" at {self.failpoint} ({WINDOWS[self.failpoint]})" if self.failpoint else ""
        return f"{self.kind}{where} after {self.after_seconds:.1f} s"


def plan_of(seed: int, acts: int) -> list[Act]:
    """Returns a death in each window, so many acts at random, and one power cut of the broker, shuffled."""
    dice = random.Random(seed)
    kinds = [
        *(("window", failpoint) for failpoint in WINDOWS),
        *((kind, "") for kind in dice.choices(list(AT_RANDOM), list(AT_RANDOM.values()), k=acts)),
        ("power", ""),
    ]
    dice.shuffle(kinds)
    return [
        Act(kind, dice.random(), min(dice.expovariate(1 / MEAN_SECONDS), 3 * MEAN_SECONDS), where)
        for kind, where in kinds
    ]
