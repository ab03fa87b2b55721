"""The lives of a few leads, line by line: what happened, which rule it met, and who has the lead since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from schemas import spine
from worker.lane.processor import Record
from worker.lifecycle.calendar import rfc3339
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.outcomes import Outcome
from worker.ops.demo.logs import Logs
from worker.ops.replay import Replay, spine_line
from worker.ops.simulation import Simulation

DAY_LETTERS = len("2026-01-31")
LINES = range(8, 20)
"""A story is worth telling with at least, and fits on a screen with at most, so many events."""


@dataclass(frozen=True, slots=True)
class Line:
    """One event, or one deadline, and how the lead stands after it; `deadline` is the next one, None for none."""

    day: str
    event: str
    rule: str
    status: str
    team: str
    deadline: str | None


@dataclass(frozen=True, slots=True)
class LeadStory:
    """One lead's life."""

    lead: str
    lines: tuple[Line, ...]


def stories_of(logs: Logs, policy: Policy, number: int = 3) -> list[LeadStory]:
    """Tell the lives that show most: the most kinds of steps that no life told before has shown."""
    lives = _lives(logs)
    steps = _steps(logs)
    candidates = [lead for lead in steps if len(lives[lead]) in LINES]
    told: list[LeadStory] = []
    seen: set[str] = set()
    while candidates and len(told) < number:
        lead = max(candidates, key=lambda one: (len(steps[one] - seen), len(steps[one]), one))
        candidates.remove(lead)
        seen |= steps[lead]
        told.append(LeadStory(lead.decode(), tuple(_lines(logs, lives[lead], policy))))
    return told


def _lines(logs: Logs, life: list[Record], policy: Policy) -> Iterator[Line]:
    """Tell one life again, under the policy its partition was under."""
    simulation = Simulation(policy)
    replay = Replay(simulation)
    home = life[0].partition
    for record in logs.spine:
        if record.partition == home and record.key is None:
            replay.tell(spine_line(record))
    told: set[tuple[str, str]] = set()
    for record in life:
        message = spine.decode(record.value or b"")
        outcomes = replay.tell(spine_line(record))
        for outcome in outcomes:
            if outcome.type == "status-change" and outcome.value["rule"] == "deadline":
                yield _after_deadline(outcome.value, policy)
        if isinstance(message, spine.Activity):
            again = (message.source, message.event_id) in told and not outcomes
            told.add((message.source, message.event_id))
            came = "said before" if again else _met(simulation, outcomes)
            yield _after(message.at, _event(message), came, simulation)
        elif isinstance(message, spine.AccountAnswered):
            said = "nobody knows it" if message.heard is None else message.heard.relationship
            at = max(lead.clock for lead in simulation.leads.values())
            yield _after(at, f"account says: {said}", _met(simulation, outcomes), simulation)


def _met(simulation: Simulation, outcomes: list[Outcome]) -> str:
    """Say what an event met, or that it lies there until the lead's account has answered."""
    if any(lead.waiting is not None for lead in simulation.leads.values()):
        return "waits for the account"
    return ", ".join(filter(None, map(_rule, outcomes)))


def _after(at: int, event: str, rule: str, simulation: Simulation) -> Line:
    state = next((line["value"] for line in simulation.state()), {"status": None})
    status = state["status"]
    team = simulation.policy.status(status).team
    day, due = rfc3339(at)[:DAY_LETTERS], _day_due(state.get("deadline"))
    return Line(day, event, rule, status or "-", team or "-", due)


def _after_deadline(change: dict[str, Any], policy: Policy) -> Line:
    return Line(
        change["occurred_at"][:DAY_LETTERS],
        "deadline",
        change["reason"] or "",
        change["to_status"],
        policy.status(change["to_status"]).team or "-",
        _day_due(change["deadline"]),
    )


def _event(message: spine.Activity) -> str:
    """Name what happened in two or three words."""
    match message:
        case spine.FormSubmitted():
            told = f"form {message.form_id}"
        case spine.EmailEngaged():
            told = f"mail {message.kind}" + (" by a machine" if message.automated else "")
        case spine.CallDisposed():
            told = " ".join(filter(None, ("call", message.outcome, message.sentiment)))
        case spine.LeadCreated():
            told = f"entered: {message.origin}"
        case spine.OwnershipRequested():
            told = f"{message.by_team} wants the lead"
        case spine.StatusRequested():
            told = f"{message.by_team} asks: {message.status}"
        case spine.PageVisited():
            told = f"visit {message.category}"
        case _:
            told = message.topic_type
    return told


def _rule(outcome: Outcome) -> str | None:
    """Say what an activity met: a rule, a refusal, or the end or beginning of a channel."""
    value = outcome.value
    match outcome.type:
        case "status-change" if value["rule"] != "deadline":
            return str(value["rule"]) + (f" ({value['reason']})" if value["reason"] else "")
        case "refusal":
            return f"refused: {value['code']}"
        case "contactability":
            return f"{value['channel']}: {value['reason']}"
        case _:
            return None


def _day_due(deadline: dict[str, Any] | None) -> str | None:
    return deadline["due_at"][:DAY_LETTERS] if deadline else None


def _steps(logs: Logs) -> dict[bytes, set[str]]:
    """Return for each lead the kinds of changes and refusals in its life."""
    steps: defaultdict[bytes, set[str]] = defaultdict(set)
    for record in logs.outcomes:
        value = orjson.loads(record.value or b"")
        if "to_status" in value:
            steps[record.key or b""].add(f"{value['from_status']} {value['to_status']}")
        elif "code" in value:
            steps[record.key or b""].add(value["code"])
    return dict(steps)


def _lives(logs: Logs) -> dict[bytes | None, list[Record]]:
    lives: defaultdict[bytes | None, list[Record]] = defaultdict(list)
    for record in logs.spine:
        lives[record.key].append(record)
    return dict(lives)
