"""A crowd of leads that send a form, and when the deadlines of each come due under `patient.toml`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import orjson

from schemas.instant import EPOCH, rfc3339
from topics.catalogue import name_of
from worker.ops.traffic import Produced

POLICY = Path(__file__).with_name("patient.toml")
DAY_MS = 86_400_000
FOLLOWED_UP_MS, QUIET_MS = 14 * DAY_MS, 30 * DAY_MS
"""The two stays of the policy."""
BACK_MS = 5 * DAY_MS
HANDS_EVERY = 10
"""Of a mixed crowd, so many leads a hand that is raised: those have two deadlines, the second set by the first."""
BACK_EVERY = 100
"""Of a mixed crowd, so many leads one that comes back after five days, which moves its deadline."""
TOPIC = name_of("form-submission")


class Due(NamedTuple):
    """A deadline of a lead, UTC ms."""

    lead: str
    due_ms: int


class Member(NamedTuple):
    """A lead of the crowd: its first form (UTC ms), and its second, if it comes back."""

    lead: str
    at_ms: int
    raises_hand: bool
    back_ms: int | None

    def first(self) -> Produced:
        """Returns its first form."""
        return _form(self.lead, "contact_us" if self.raises_hand else "white_paper", self.at_ms)

    def dues(self) -> Iterator[Due]:
        """Yields the deadlines that have to fire, in order."""
        if self.raises_hand:
            yield Due(self.lead, self.at_ms + FOLLOWED_UP_MS)
            yield Due(self.lead, self.at_ms + FOLLOWED_UP_MS + QUIET_MS)
        else:
            yield Due(self.lead, (self.back_ms or self.at_ms) + QUIET_MS)


def crowd(name: str, count: int, first_ms: int, last_ms: int, *, mixed: bool) -> list[Member]:
    """Returns so many leads, whose forms are evenly spread from `first_ms` up to `last_ms` (UTC ms)."""
    members = []
    for number in range(count):
        at_ms = first_ms + number * (last_ms - first_ms) // count
        hand = mixed and number % HANDS_EVERY == 0
        back_ms = at_ms + BACK_MS if mixed and number % BACK_EVERY == 1 else None
        members.append(Member(f"{name}-{number:06}", at_ms, hand, back_ms))
    return members


def firsts(members: Iterable[Member]) -> Iterator[Produced]:
    """Yields the first forms of all."""
    return (member.first() for member in members)


def seconds(members: Iterable[Member]) -> Iterator[Produced]:
    """Yields the forms of those who come back."""
    for member in members:
        if member.back_ms is not None:
            yield _form(member.lead, "webinar", member.back_ms)


def expected(members: Sequence[Member]) -> set[Due]:
    """Returns every deadline that has to fire."""
    return {due for member in members for due in member.dues()}


def _form(lead: str, form_id: str, at_ms: int) -> Produced:
    body = {
        "event_id": f"{lead}/{at_ms}",
        "occurred_at": rfc3339(EPOCH + timedelta(milliseconds=at_ms)),
        "lead_id": lead,
        "form_id": form_id,
    }
    return Produced(TOPIC, lead.encode(), orjson.dumps(body), (), at_ms)
