"""Why outcomes came about, or did not: the steps that `decide` noted, joined to the outcomes cause by cause."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from schemas.spine import DeadlineReached, Told
from worker.lifecycle.explain import Asked, Began, Ended, Step, Trial
from worker.lifecycle.outcomes import Outcome, cause_of


class Explanation(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one cause led to, and what was tried: `outcomes` are ids of outcomes, in order."""

    cause: dict[str, str | None]
    verdict: str
    outcomes: list[str]
    ended: list[Ended] = []
    asked: list[Asked] = []
    tried: list[Trial] = []


def explained(
    activity: Told | DeadlineReached, verdict: str, outcomes: list[Outcome], steps: list[Step]
) -> list[Explanation]:
    """Joins the steps noted while an activity was decided to the outcomes, cause by cause in the order of the outcomes.

    An activity that was nothing new has an explanation without outcomes.
    """
    causes: list[_Cause] = []
    for step in steps if verdict in {"applied", "refused"} else ():
        if isinstance(step, Began):
            _among(causes, step.cause)
        else:
            causes[-1].steps.append(step)
    for outcome in outcomes:
        _among(causes, outcome.value["cause"]).outcomes.append(outcome)
    if not causes:
        _among(causes, _cause_of(activity))
    return [cause.explanation(verdict) for cause in causes]


def _cause_of(activity: Told | DeadlineReached) -> dict[str, str | None]:
    if isinstance(activity, DeadlineReached):
        return cause_of(None, activity.due)
    return cause_of(activity, activity.at)


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
            "applied" if self.cause["type"] == "deadline" and self.outcomes else verdict,
            [outcome.value["event_id"] for outcome in self.outcomes],
            _of_kind(steps, Ended),
            _of_kind(steps, Asked),
            _of_kind(steps, Trial),
        )

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


def _among(causes: list[_Cause], cause: dict[str, str | None]) -> _Cause:
    found = next((one for one in causes if one.cause == cause), None)
    if found is None:
        found = _Cause(cause)
        causes.append(found)
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
