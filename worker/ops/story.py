"""Stories: one lead's life as a transcript of what happened and, indented below each line, what came of it.

    # IH-6, IH-9: a score of sixty makes an MQL
    2024-03-01T09:00 form-submission form_id=white_paper fields.employees=250
        status-change: new -> inquiry by first_activity; score 15.0 + 10.0; ...
    2024-09-01T09:00 wait
    2024-09-01T09:00 state

A line holds a time (UTC), a type, and `key=value` pairs; a dot in a key goes one object deeper, and a value is JSON
where it reads as JSON and text else. `wait` lets time pass for all leads, `state` shows them. The lead is `lead` unless
the line names one. The first line names the rules that are shown; a line `policy: NAME` names another policy than the
folder's.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

import msgspec
import orjson

from schemas.instant import instant_of, milliseconds
from worker.intake.items import DeadLetter
from worker.lifecycle.outcomes import Outcome
from worker.ops.simulation import KINDS, Simulation
from worker.presets import load

INDENT = "    "


class Story(msgspec.Struct, frozen=True):
    """A transcript: the rule ids it shows, its heading, and the text as written and as it is now told."""

    path: Path
    ids: tuple[str, ...]
    heading: str
    written: str
    told: str

    def differences(self) -> list[tuple[str, str]]:
        """Returns the lines that come out otherwise: as written, as told."""
        lines = zip_longest(self.written.splitlines(), self.told.splitlines(), fillvalue="nothing")
        return [(written, told) for written, told in lines if written != told]


def read_story(path: Path, default_policy: str) -> Story:
    """Tells a story again, line by line; ValueError where a line cannot be read, or there is no story."""
    written = path.read_text(encoding="utf-8")
    first, _, rest = written.partition("\n")
    if not first.startswith("#"):
        raise ValueError("line 1 should be a heading: # RULE, RULE: what the story shows")
    ids, _, heading = first.removeprefix("#").partition(":")
    told = "\n".join([first, *_retold(rest.splitlines(), path, default_policy)]) + "\n"
    names = tuple(name.strip() for name in ids.split(","))
    return Story(path, names, heading.strip(), written, told)


def _retold(lines: list[str], path: Path, default_policy: str) -> Iterator[str]:
    policy = default_policy
    simulation: Simulation | None = None
    for number, line in enumerate(lines, start=2):
        if line.startswith(INDENT):
            continue
        yield line
        if line.startswith("policy:"):
            name = line.removeprefix("policy:").strip()
            policy = str(path.parent / name) if name.endswith(".toml") else name
        elif line and not line.startswith("#"):
            simulation = simulation or Simulation(load(policy))
            try:
                yield from (INDENT + outcome for outcome in _happens(simulation, line, number))
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from error
    if simulation is None:
        raise ValueError("nothing happens in it")


def _happens(simulation: Simulation, line: str, number: int) -> Iterator[str]:
    time, kind, *told = shlex.split(line)
    if kind not in {"wait", "state", *KINDS}:
        raise ValueError(f"{kind} is none of wait, state, {', '.join(sorted(KINDS))}")
    at = f"{time}:00Z"
    if kind == "wait":
        yield from map(told_outcome, simulation.run_until(milliseconds(instant_of(at))))
    elif kind == "state":
        yield from (_told_state(entry["key"], entry["value"]) for entry in simulation.state())
    else:
        event: dict[str, Any] = {"event_id": f"line-{number}", "occurred_at": at}
        for pair in told:
            name, _, text = pair.partition("=")
            _put(event, name.split("."), _value(text))
        if not {"lead_id", "email", "phone"} & event.keys():
            event["lead_id"] = "lead"
        for result in simulation.apply(kind, orjson.dumps(event)):
            if isinstance(result, DeadLetter):
                yield f"dead-letter: {result.code}"
            else:
                yield from map(told_outcome, result)


def _put(event: dict[str, Any], path: list[str], value: object) -> None:
    for name in path[:-1]:
        event = event.setdefault(name, {})
        if type(event) is not dict:
            raise ValueError(f"{name} is a value, and cannot have {'.'.join(path)}")
    event[path[-1]] = value


def _value(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def told_outcome(outcome: Outcome) -> str:
    """Writes an outcome as one line."""
    value = outcome.value
    product = "" if value["product"] == "*" else f" [{value['product']}]"
    return f"{outcome.type}{product}: {_TELLERS[outcome.type](value)}"


def _told_change(value: dict[str, Any]) -> str:
    reason = "" if value["reason"] is None else f" for {value['reason']}"
    stayed = value["dwell_seconds"]
    parts = [
        f"{value['from_status'] or 'new'} -> {value['to_status']} by {value['rule']}{reason}",
        *pairs(value["details"]),
        f"score {value['score']['engagement']} + {value['score']['fit']}",
        *([] if stayed is None else [f"after {stayed / 86400:.1f} days"]),
        told_deadline(value["deadline"]),
        f"outreach {value['outreach']}",
    ]
    return _on_day(value) + "; ".join(parts)


def told_deadline(deadline: dict[str, Any] | None) -> str:
    """Writes how a stay ends, or that it does not."""
    if deadline is None:
        return "stays"
    reason = "" if deadline["reason"] is None else f" for {deadline['reason']}"
    then = deadline["to_status"] or "silence"
    return f"until {minute(deadline['due_at'])}, then {then}{reason}"


def _told_handoff(value: dict[str, Any]) -> str:
    by = value["respond_by"]
    actions = [
        " ".join([a["do"], *pairs({k: v for k, v in a.items() if k != "do"})])
        for a in value["actions"]
    ]
    parts = [
        f"{value['from_team']} -> {value['to_team']}, {value['kind']}",
        *([] if by is None else [f"answer by {minute(by)}"]),
        *actions,
    ]
    return _on_day(value) + "; ".join(parts)


def _told_contactability(value: dict[str, Any]) -> str:
    word = "allowed" if value["allowed"] else "not allowed"
    return f"{_on_day(value)}{value['channel']} {word}, {value['reason']}"


def _told_refusal(value: dict[str, Any]) -> str:
    return f"{_on_day(value)}{value['code']}: {value['message']}"


_TELLERS = {
    "status-change": _told_change,
    "handoff": _told_handoff,
    "contactability": _told_contactability,
    "refusal": _told_refusal,
}


def _told_state(lead_id: str, value: dict[str, Any]) -> str:
    allowed = [
        f"{channel} {'yes' if yes else 'no'}" for channel, yes in value["contactability"].items()
    ]
    parts = [
        f"{lead_id} {value['product']} {value['status'] or 'new'}",
        f"score {value['score']['engagement']} + {value['score']['fit']}",
        told_deadline(value["deadline"]),
        f"locks {', '.join(value['locks']) or 'none'}",
        f"attempts {value['attempts']}",
        *allowed,
        *pairs(value["answers"]),
    ]
    return "state: " + "; ".join(parts)


def pairs(values: Mapping[str, Any]) -> list[str]:
    """Writes values as `name=value`, the value as JSON."""
    return [f"{name}={orjson.dumps(value).decode()}" for name, value in values.items()]


def _on_day(value: dict[str, Any]) -> str:
    """Names the day where a deadline is the cause, because no line above has it."""
    return f"{minute(value['occurred_at'])} " if value["cause"]["type"] == "deadline" else ""


def minute(time: str) -> str:
    """Writes a time without the seconds where they are nought."""
    return time.removesuffix(":00.000Z")
