"""Named places where a test may stop, freeze or break the process; without effect unless armed at its start.

`LEAD_ROUTER_FAILPOINT` holds `name[/processor]=action[@hit]`, several separated by `;`. With a processor, hits of its
lanes alone count. Actions: `kill` (at once, exit status 137), `pause:SECONDS` (the whole process freezes, heartbeats
too), `raise`. `@3` acts on the third hit only; without it on the first. Before it acts, a line is appended to the file
`LEAD_ROUTER_FAILPOINT_LOG` names, and synced: proof that the place was reached.

A simulation, where many processes are one, hears of every place that is passed instead (`listen`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass

NAMES = {
    "between-writers": "a lane opens: the first id is fenced, the second not yet",
    "recovering": "a lane opens: a part of its changelog was read, and not the last one",
    "opened": "a lane opens: everything was read, nothing was sought",
    "decided": "decided and encoded, nothing written",
    "begun": "a transaction was begun, no state sent",
    "state-sent": "the changelog records are on their way, no outcome is",
    "between-outcomes": "the outcomes for one place are handed over, those for the next are not",
    "outcomes-sent": "outcomes are on their way, nothing is acknowledged",
    "acknowledged": "everything is acknowledged, the commit not asked for",
    "committed": "durable, and memory not yet updated",
    "relayed": "a relay's outcomes (dead letters too) are acknowledged, its position was not written",
    "position-sent": "a relay's position is on its way",
    "position-written": "a relay's position is acknowledged",
    "parking": "a lane is to be parked (revoke or stop), its round may be under way",
    "draining": "a parked lane has finished its round, what it owes of its position was not written",
    "drained": "a parked lane owes nothing, it was not given back yet",
    "deadlines-released": "deadlines are due and may go, none is written",
    "deadlines-written": "deadlines are on the spine, none has come back",
}
"""Every place there is."""
OF_NOBODY = {"parking", "deadlines-released", "deadlines-written"}
"""Places that are passed outside of a lane's own task: nobody knows there whose they are."""

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
    processor: str
    """Whose hits count; all, if it is empty."""


_passes: ContextVar[str] = ContextVar("_passes", default="")
_armed: dict[str, Armed] = {}
_hears: Callable[[str], None] | None = None


def arm(environment: Mapping[str, str]) -> None:
    """Arms what the environment asks for; raises `UnknownFailpoint`."""
    for spec in filter(None, environment.get("LEAD_ROUTER_FAILPOINT", "").split(";")):
        name, _, rest = spec.partition("=")
        action, _, hit = rest.partition("@")
        action, _, seconds = action.partition(":")
        name, _, processor = name.partition("/")
        if (
            name not in NAMES
            or (processor and name in OF_NOBODY)
            or action not in {"kill", "pause", "raise"}
        ):
            raise UnknownFailpoint(spec)
        _armed[name] = Armed(action, float(seconds or 0), int(hit or 1), processor)


def disarm() -> None:
    """Takes everything back."""
    _armed.clear()


def listen(hears: Callable[[str], None] | None) -> None:
    """Has `hears` told of every place that is passed, until None takes it back; what it raises ends the step."""
    global _hears  # noqa: PLW0603 - one process, one listener, as with what is armed
    _hears = hears


def passed_by(processor: str) -> None:
    """Says whose the places are that the running task passes from now on."""
    _passes.set(processor)


def failpoint(name: str) -> None:
    """Does what was asked for this place, which is nothing unless a test armed it."""
    if _hears is not None:
        _hears(name)
    if _armed and name in _armed:
        _hit(name, _armed[name])


def _hit(name: str, armed: Armed) -> None:
    if armed.processor not in {"", _passes.get()}:
        return
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
        file.write(f"{name} {action} {os.getpid()} {_passes.get()}\n")
        file.flush()
        os.fsync(file.fileno())
