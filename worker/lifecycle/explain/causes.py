"""Why outcomes came about, or did not: the steps that `decide` noted, joined to the outcomes cause by cause."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from schemas.spine import AccountAnswered, DeadlineReached
from worker.lifecycle.explain.notes import Asked, Began, Ended, Step, Trial
from worker.lifecycle.outcomes import Outcome, cause_of
from worker.lifecycle.receive import Received


class Explanation(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one cause led to, and what was tried: `outcomes` are ids of outcomes, in order."""

    cause: dict[str, str | None]
    verdict: str
    outcomes: list[str]
    ended: list[Ended] = []
    asked: list[Asked] = []
    tried: list[Trial] = []


def explained(
    message: Received, verdict: str, outcomes: list[Outcome], steps: list[Step]
) -> list[Explanation]:
    """Joins the steps noted while a message was decided to the outcomes, cause by cause in the order of the outcomes.

    A message that led to nothing has an explanation without outcomes.
    """
    causes: list[_Cause] = []
    for step in steps:
        if isinstance(step, Began):
            causes.append(_Cause(step.cause))
        else:
            causes[-1].steps.append(step)
    at = -1
    for outcome in outcomes:
        at = _place_of(outcome.value["cause"], causes, at)
        causes[at].outcomes.append(outcome)
    return [cause.explanation(verdict) for cause in causes or [_Cause(_cause_of(message))]]


def _place_of(cause: dict[str, str | None], causes: list[_Cause], at: int) -> int:
    """Returns the place of a cause at or behind the place of the last one; makes one where nothing began with it."""
    for place in range(max(at, 0), len(causes)):
        if causes[place].cause == cause:
            return place
    causes.insert(at + 1, _Cause(cause))
    return at + 1


def _cause_of(message: Received) -> dict[str, str | None]:
    match message:
        case DeadlineReached(due=due):
            return cause_of(None, due)
        case AccountAnswered():
            return {"type": "account-answer", "event_id": None, "source": None, "occurred_at": None}
        case _:
            return cause_of(message, message.at)


class _Cause:
    """What belongs to one cause."""

    def __init__(self, cause: dict[str, str | None]) -> None:
        self.cause = cause
        self.steps: list[Trial | Asked | Ended] = []
        self.outcomes: list[Outcome] = []

    def explanation(self, verdict: str) -> Explanation:
        found = self._led_to()
        steps = [
            msgspec.structs.replace(step, led_to=found[place]) if found.get(place) else step
            for place, step in enumerate(self.steps)
        ]
        return Explanation(
            self.cause,
            self._verdict(verdict),
            [outcome.value["event_id"] for outcome in self.outcomes],
            _of_kind(steps, Ended),
            _of_kind(steps, Asked),
            _of_kind(steps, Trial),
        )

    def _verdict(self, otherwise: str) -> str:
        """Returns what became of this cause; `otherwise` is what became of the message that brought it."""
        if any(outcome.type == "refusal" for outcome in self.outcomes):
            return "refused"
        return "applied" if self.outcomes or self.steps else otherwise

    def _led_to(self) -> dict[int, list[str]]:
        """Returns the ids of the outcomes of each step, by its place; a handoff goes with the change before it."""
        found: dict[int, list[str]] = {}
        place: int | None = None
        for outcome in self.outcomes:
            if outcome.type != "handoff":
                places = (n for n, step in enumerate(self.steps) if _leads(step, outcome))
                place = next(places, None)
            if place is not None:
                found.setdefault(place, []).append(outcome.value["event_id"])
        return found


def _leads(step: Trial | Asked | Ended, outcome: Outcome) -> bool:
    """Tells whether a step is the one that led to a change, a refusal, or the closing of a channel."""
    value = outcome.value
    match step:
        case Ended(closes=str(channel)):
            return outcome.type == "contactability" and value["channel"] == channel
        case _ if value["product"] != step.product:
            return False
        case Ended():
            return outcome.type == "status-change" and value["rule"] == "deadline"
        case Asked(failed=str()):
            return outcome.type == "refusal"
        case Asked():
            return outcome.type == "status-change" and value["rule"] == "request"
        case _:
            return step.matched and outcome.type == "status-change" and value["rule"] == step.rule


S = TypeVar("S", Ended, Asked, Trial)


def _of_kind(steps: list[Trial | Asked | Ended], kind: type[S]) -> list[S]:
    return [step for step in steps if isinstance(step, kind)]
