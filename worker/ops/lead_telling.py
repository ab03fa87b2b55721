"""What `lead show` and `lead explain` say, each thing as a JSON line and in words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from itertools import islice
from typing import NamedTuple

import msgspec

from schemas.spine import Activity, PolicyInForce, SpineMessage
from topics.catalogue import SPINE
from worker.lane.clock import wall_ms
from worker.lifecycle.explain.causes import Explanation
from worker.lifecycle.explain.standing import standing
from worker.lifecycle.language.compiler import reopened
from worker.lifecycle.outcomes import Outcome
from worker.ops.explaining import told_standing, told_why
from worker.ops.lead_life import Episode, Life
from worker.ops.lead_words import (
    lifecycle_lines,
    person_line,
    told_lifecycle,
    told_message,
    told_person,
)
from worker.ops.simulation import Line, explanation_line, line_of
from worker.ops.story import INDENT, minute, told_outcome
from worker.stream.lookup import Kept, Lookup


class Said(NamedTuple):
    """One thing that is told, as a JSON line, and in words; either may be missing."""

    line: Line | None
    words: list[str]


Tell = Callable[[Lookup, Kept, str], AsyncIterator[Said]]
"""Tells of a lead: where to look, what is kept of it, and its id."""


async def shown(lookup: Lookup, kept: Kept, lead_id: str) -> AsyncIterator[Said]:
    """Tells the record, then the history with each outcome, and whether that is on its topic."""
    policy = reopened(kept.policy.text)
    person = person_line(lead_id, kept.lead)
    yield Said(person, told_person(person))
    for line in lifecycle_lines(policy, lead_id, kept.lead, wall_ms()):
        yield Said(line, ["", *told_lifecycle(line)])
    yield Said(None, ["", _place(lookup, kept), ""])
    published = await lookup.published()
    life = Life(lookup, kept, lead_id)
    async for episode in life.episodes():
        again = [] if _is_heard(episode) else ["relayed twice: nothing comes of it again"]
        words = [told_message(episode.message), *(INDENT + word for word in again)]
        yield Said(_happened(lead_id, episode), words)
        for outcome in episode.outcomes:
            there = published.pop(outcome.value["event_id"], None) == outcome.encoded()
            words = [INDENT + told_outcome(outcome) + ("" if there else "  (not on its topic)")]
            yield Said(line_of(outcome) | {"published": there}, words)
    for event_id in published:
        yield _difference(lead_id, f"{event_id} is published, but does not follow from the spine")
    if not life.agrees():
        yield _difference(lead_id, "the spine, told again, does not lead to the record")


async def explained(lookup: Lookup, kept: Kept, lead_id: str) -> AsyncIterator[Said]:
    """Tells how each outcome came about, and what is missing for the next ones; in words also the last quiet cause."""
    yield Said(None, [f"{lead_id}, {_place(lookup, kept)}", ""])
    life = Life(lookup, kept, lead_id)
    quiet = 0
    last: list[str] = []
    async for episode in life.episodes():
        for explanation, outcomes in _by_cause(episode):
            for outcome in outcomes:
                yield Said(line_of(outcome), [])
            words = [_heading(episode, explanation), *_reasons(explanation, outcomes)]
            quiet = 0 if outcomes else quiet + 1
            last = words
            yield Said(explanation_line(lead_id, explanation), words if outcomes else [])
    if quiet:
        yield Said(None, [f"{quiet} more led to nothing; the last of them:", *last])
    if not life.agrees():
        yield _difference(lead_id, "the spine, told again, does not lead to the record")
    policy = reopened(kept.policy.text)
    for product in sorted(kept.lead.lifecycles):
        stands = standing(policy, kept.lead, product)
        line = {"type": "standing", "key": lead_id, "value": msgspec.to_builtins(stands)}
        yield Said(line, ["", *told_standing(stands)])


def _place(lookup: Lookup, kept: Kept) -> str:
    return f"{SPINE.name} partition {lookup.partition} up to offset {kept.position}:"


def _difference(lead_id: str, message: str) -> Said:
    line = {"type": "difference", "key": lead_id, "value": {"message": message}}
    return Said(line, [f"difference: {message}"])


def _is_heard(episode: Episode) -> bool:
    return bool(episode.explanations) or isinstance(episode.message, PolicyInForce)


def _happened(lead_id: str, episode: Episode) -> Line:
    """Returns a message of the spine as a line; of a policy its digest alone."""
    message = episode.message
    if isinstance(message, PolicyInForce):
        kind, told = "policy", {"digest": message.digest}
    else:
        kind = "activity" if isinstance(message, Activity) else _tag(message)
        told = msgspec.to_builtins(message)
    return {"type": kind, "key": lead_id, "value": {"offset": episode.offset, "message": told}}


def _tag(message: SpineMessage) -> str:
    return str(type(message).__struct_config__.tag)


def _by_cause(episode: Episode) -> Iterator[tuple[Explanation, list[Outcome]]]:
    outcomes = iter(episode.outcomes)
    for explanation in episode.explanations:
        yield explanation, list(islice(outcomes, len(explanation.outcomes)))


def _heading(episode: Episode, explanation: Explanation) -> str:
    cause, message = explanation.cause, episode.message
    if cause["type"] == "deadline":
        return f"{minute(str(cause['occurred_at']))} deadline"
    if cause["event_id"] is None or cause["event_id"] == getattr(message, "event_id", None):
        return told_message(message)
    at, who = minute(str(cause["occurred_at"])), f"({cause['source']}, {cause['event_id']})"
    return f"{at} {cause['type']} {who}, which had waited for its account"


def _reasons(explanation: Explanation, outcomes: list[Outcome]) -> Iterator[str]:
    """Yields the outcomes of a cause, and further in how they came about."""
    yield from (INDENT + told_outcome(outcome) for outcome in outcomes)
    yield from (INDENT + INDENT + why for why in told_why(explanation))
