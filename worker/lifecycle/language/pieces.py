"""What a policy consists of once it is ready to run: names resolved, conditions compiled."""

from __future__ import annotations

import msgspec

from schemas.vocabulary import Channel, Outreach
from worker.lifecycle.calendar import Span
from worker.lifecycle.language.asking import Test
from worker.lifecycle.language.conditions import Condition
from worker.lifecycle.language.parts import Given


class Leg(msgspec.Struct, frozen=True):
    """A part of the longest stay in a status; without a span it has no end.

    It leads `to` a status, or it `closes` a channel. `keep_reason` carries on the reason with which the status was
    entered; entered for one of `except_reasons` the stay has no end.
    """

    span: Span | None
    since: frozenset[str]
    until: frozenset[str]
    to: str | None
    closes: Channel | None
    reason: str | None
    keep_reason: bool
    except_reasons: frozenset[str]


class Pick(msgspec.Struct, frozen=True):
    """Teams that may pick a status, from where, for which reasons, and what the pick says by itself."""

    by: frozenset[str]
    from_: frozenset[str]
    reasons: tuple[str, ...]
    given: Given


class Action(msgspec.Struct, frozen=True):
    """Something for the receiving team to do, where `holds`; `timeline_from` names an answer."""

    do: str
    holds: Test
    fields: dict[str, str | int | None]
    timeline_from: str | None = None
    names_account: bool = False


class Status(msgspec.Struct, frozen=True):
    """A status as the engine meets it; a lead without a status is in one that has no id, phase and team."""

    id: str | None
    phase: str | None = None
    team: str | None = None
    in_talks: bool = False
    outreach: Outreach = "none"
    picks: tuple[Pick, ...] = ()
    reasons: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    stay: tuple[Leg, ...] = ()
    forgets_answers: frozenset[str] = frozenset()
    forgets_engagement: frozenset[str] = frozenset()
    respond_within: Span | None = None
    actions: tuple[Action, ...] = ()


class Rule(msgspec.Struct, frozen=True):
    """A change that follows from an activity where the condition holds."""

    id: str
    on: frozenset[str]
    from_: frozenset[str]
    condition: Condition
    to: str
    reason: str | None
    reason_of_call: bool
    given: Given


class Lock(msgspec.Struct, frozen=True):
    """Statuses that are shut from entering one status until entering another."""

    name: str
    bars: frozenset[str]
    set_on: frozenset[str]
    lifted_on: frozenset[str]


class Cap(msgspec.Struct, frozen=True):
    """The most thousandths of a point that a signal gives in a UTC day or in a week."""

    points: int
    weekly: bool


class Points(msgspec.Struct, frozen=True):
    """What a signal adds to engagement, in thousandths."""

    on: str
    holds: Test
    points: int
    cap: Cap | None


class FitPoints(msgspec.Struct, frozen=True):
    """What a trait adds to fit, in thousandths."""

    holds: Test
    points: int


class FirstHandoff(msgspec.Struct, frozen=True):
    """Which team hands over a lead that had no status: by origin, by who picked the status, or else `team`."""

    team: str
    by_origin: dict[str, str]
    by_picker: dict[str, str]
