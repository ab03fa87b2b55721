"""A policy made ready to run: names resolved, conditions compiled, rules found by what happened, and where."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from schemas.vocabulary import Channel, Intent, Outreach
from worker.lifecycle.asking import Test
from worker.lifecycle.calendar import Span
from worker.lifecycle.conditions import Condition
from worker.lifecycle.counting import Counter
from worker.lifecycle.facts import Situation, Traits
from worker.lifecycle.parts import Given
from worker.lifecycle.record import Lead
from worker.lifecycle.scoring import Fading
from worker.lifecycle.signals import Signals
from worker.lifecycle.words import NEW


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


NOWHERE = Status(id=None)
"""Where a lead is that nobody has classified, or whose status the policy no longer has."""


@dataclass(frozen=True, slots=True, repr=False)
class Policy:
    """A policy, ready to decide; `text` is the canonical document.

    `moved` says where leads go from statuses that the policy does not have or has disabled. `heeds_accounts` tells
    whether anything depends on what a lead's account is to us.
    """

    name: str
    version: str
    digest: str
    text: str
    statuses: dict[str, Status]
    rules: tuple[Rule, ...]
    locks: tuple[Lock, ...]
    points: tuple[Points, ...]
    fit: tuple[FitPoints, ...]
    fading: Fading
    counters: tuple[Counter, ...]
    moved: dict[str, str]
    traits: Traits
    forms: dict[str, Intent]
    default_intent: Intent
    first_handoff: FirstHandoff
    heeds_accounts: bool
    _candidates: dict[tuple[Signals, str | None], tuple[Rule, ...]] = field(default_factory=dict)
    _scoring: dict[Signals, tuple[Points, ...]] = field(default_factory=dict)

    def status(self, name: str | None) -> Status:
        """Returns a status by id."""
        return NOWHERE if name is None else self.statuses.get(name, NOWHERE)

    def intent_of(self, form_id: str) -> Intent:
        """Returns what a form asks for."""
        return self.forms.get(form_id, self.default_intent)

    def rules_for(self, signals: Signals, status: str | None) -> tuple[Rule, ...]:
        """Returns the rules that could match, first match first; found once for each combination."""
        found = self._candidates.get((signals, status))
        if found is None:
            here = NEW if status is None else status
            found = tuple(
                rule
                for rule in self.rules
                if here in rule.from_ and not signals.isdisjoint(rule.on) and rule.to != here
            )
            self._candidates[signals, status] = found
        return found

    def barred(self, locks: tuple[str, ...]) -> frozenset[str]:
        """Returns the statuses that these locks shut."""
        return frozenset(name for lock in self.locks if lock.name in locks for name in lock.bars)

    def points_for(self, signals: Signals) -> tuple[Points, ...]:
        """Returns the lines of the points table that could match, first match first."""
        found = self._scoring.get(signals)
        if found is None:
            found = tuple(line for line in self.points if line.on in signals)
            self._scoring[signals] = found
        return found

    def fit_of(self, lead: Lead) -> int:
        """Returns the fit of a person, in thousandths of a point."""
        situation, points = Situation(lead, self.traits), 0
        for line in self.fit:
            if line.holds(situation):
                points += line.points
        return points
