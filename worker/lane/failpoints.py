"""Named places where a test may stop, freeze or break the process; without effect unless armed at its start.

`LEAD_ROUTER_FAILPOINT` holds `name=action[@hit]`, several separated by `;`. Actions: `kill` (at once, exit status 137),
`pause:SECONDS` (the whole process freezes, heartbeats too), `raise`. `@3` acts on the third hit only; without it on
the first. Before it acts, a line is appended to the file `LEAD_ROUTER_FAILPOINT_LOG` names, and synced: proof that the
place was reached.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

NAMES = frozenset(
    {
        "decided",
        "begun",
        "state-sent",
        "outcomes-sent",
        "acknowledged",
        "committed",
        "relayed",
        "position-sent",
        "position-written",
        "recovering",
        "draining",
        "deadlines-released",
        "deadlines-written",
        "between-writers",
        "opened",
    }
)
"""Every place there is."""

KILLED = 137


class UnknownFailpoint(ValueError):
    """A fail point or action of this name does not exist."""


class FailpointHit(Exception):
    """A fail point was armed to raise."""


@dataclass(slots=True)
class Armed:
    """What happens at one fail point, and when."""

    action: str
    seconds: float
    hits_left: int


_armed: dict[str, Armed] = {}


def arm(environment: Mapping[str, str]) -> None:
    """Arms what the environment asks for; raises `UnknownFailpoint`."""
    for spec in filter(None, environment.get("LEAD_ROUTER_FAILPOINT", "").split(";")):
        name, _, rest = spec.partition("=")
        action, _, hit = rest.partition("@")
        action, _, seconds = action.partition(":")
        if name not in NAMES or action not in {"kill", "pause", "raise"}:
            raise UnknownFailpoint(spec)
        _armed[name] = Armed(action, float(seconds or 0), int(hit or 1))


def disarm() -> None:
    """Takes everything back."""
    _armed.clear()


def failpoint(name: str) -> None:
    """Does what was asked for this place, which is nothing unless a test armed it."""
    if _armed and name in _armed:
        _hit(name, _armed[name])


def _hit(name: str, armed: Armed) -> None:
    armed.hits_left -= 1
    if armed.hits_left:
        return
    _record(name, armed.action)
    if armed.action == "kill":
        os._exit(KILLED)
    if armed.action == "pause":
        time.sleep(armed.seconds)
        return
    raise FailpointHit(name)


def _record(name: str, action: str) -> None:
    path = os.environ.get("LEAD_ROUTER_FAILPOINT_LOG")
    if path is None:
        return
    with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123 - one line, then perhaps death
        file.write(f"{name} {action} {os.getpid()}\n")
        file.flush()
        os.fsync(file.fileno())
