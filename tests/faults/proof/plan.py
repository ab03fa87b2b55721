"""What is done to whom, and when: all of it follows from a seed."""

from __future__ import annotations

import random
from typing import NamedTuple


class Window(NamedTuple):
    """A place to die in: a fail point, the windows of the guarantees it is in, and how workers are brought there."""

    failpoint: str
    of: str
    way: str = "alone"
    processor: str = ""
    """Whose lane has to pass it, if that matters."""

    def armed(self, action: str, hit: int) -> str:
        """Returns what a worker is told that is to be hit there."""
        whose = f"/{self.processor}" if self.processor else ""
        return f"{self.failpoint}{whose}={action}@{hit}"

    @property
    def leaves_work(self) -> bool:
        """Returns whether the lane that passes it has something under way that is not durable."""
        return self.failpoint in UNDER_WAY


UNDER_WAY = {
    *("decided", "begun", "state-sent", "between-outcomes", "outcomes-sent", "acknowledged"),
    "relayed",
}

WINDOWS = {
    "decided": Window("decided", "W1", processor="lifecycle"),
    "begun": Window("begun", "W2", processor="lifecycle"),
    "state-sent": Window("state-sent", "W3 or W4", processor="lifecycle"),
    "between-outcomes": Window("between-outcomes", "W5", processor="lifecycle"),
    "outcomes-sent": Window("outcomes-sent", "W6 or W7", processor="lifecycle"),
    "acknowledged": Window("acknowledged", "W10", processor="lifecycle"),
    "acknowledged-of-accounts": Window("acknowledged", "W10", processor="accounts"),
    "committed": Window("committed", "W12", processor="lifecycle"),
    "relayed": Window("relayed", "W8", processor="intake"),
    "dead-letter-relayed": Window("relayed", "W19", "buried", "intake"),
    "position-sent": Window("position-sent", "W9", processor="intake"),
    "position-written": Window("position-written", "W9", processor="intake"),
    "between-writers": Window("between-writers", "W21", processor="lifecycle"),
    "recovering-twice": Window("recovering", "W13", "twice"),
    "opened": Window("opened", "W13"),
    "revoked": Window("parking", "W14", "revoked"),
    "revoked-draining": Window("draining", "W15", "revoked"),
    "revoked-drained": Window("drained", "W16", "revoked"),
    "terminated": Window("parking", "W17", "terminated"),
    "terminated-draining": Window("draining", "W17", "terminated"),
    "terminated-drained": Window("drained", "W17", "terminated"),
    "deadlines-released": Window("deadlines-released", "W18"),
    "deadlines-written": Window("deadlines-written", "W18"),
}
"""Every window that a fail point reaches; all fail points of the lanes are among them."""

ONLY_ONCE = {
    *("between-writers", "recovering", "opened", "deadlines-released"),
    *("parking", "draining", "drained"),
}
"""Fail points at which the first to come dies: there may be no second."""

QUOTAS = {
    "kill": 10,
    "end": 2,
    "guest": 2,
    "freeze": 1,
    "zombie": 1,
    "trouble": 1,
    "apart": 1,
    "together": 1,
    "policy": 1,
    "power": 1,
    "outage": 1,
    "offsets": 1,
}
"""How often each other act is in a plan (`acts.ACTS`)."""

MEAN_SECONDS = {"kill": 6.0}
SHORT_SECONDS = 2.0
"""Between other acts, on average: each takes some time by itself."""


class Act(NamedTuple):
    """One act: its kind, whom (a share of the posts there are), how long before it; `place` names a window."""

    kind: str
    whom: float
    after_seconds: float
    place: str = ""
    hit: int = 1

    def __str__(self) -> str:
        post = "north" if self.whom < 1 / 2 else "south"
        where = ""
        if self.place:
            where = f" at {self.place} ({WINDOWS[self.place].of}), hit {self.hit}"
        return f"after {self.after_seconds:4.1f} s {self.kind} {post}{where}"


def plan_of(seed: int) -> list[Act]:
    """Returns a death in each window and the quota of every other act, shuffled."""
    dice = random.Random(seed)
    kinds = [
        *(("window", place) for place in WINDOWS),
        *((kind, "") for kind, times in QUOTAS.items() for _ in range(times)),
    ]
    dice.shuffle(kinds)
    return [_act(kind, place, dice) for kind, place in kinds]


def _act(kind: str, place: str, dice: random.Random) -> Act:
    mean = MEAN_SECONDS.get(kind, SHORT_SECONDS)
    after = min(dice.expovariate(1 / mean), 3 * mean)
    hit = dice.randint(1, 3)
    if not place or WINDOWS[place].failpoint in ONLY_ONCE or WINDOWS[place].way == "buried":
        hit = 1
    return Act(kind, dice.random(), round(after, 1), place, hit)
