"""A policy made ready to run: its pieces found by what happened, and where."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from schemas.spine import FormSubmitted
from schemas.vocabulary import Intent
from worker.lifecycle.counting import Counter
from worker.lifecycle.language.facts import Situation, Traits
from worker.lifecycle.language.pieces import FirstHandoff, FitPoints, Lock, Points, Rule, Status
from worker.lifecycle.language.words import NEW
from worker.lifecycle.record import Lead, Lifecycle
from worker.lifecycle.scoring import Fading, faded, idled
from worker.lifecycle.signals import Signals


class Effects(msgspec.Struct, frozen=True):
    """All that an activity of some names can do in one status: what is not here need not be looked at.

    `rules` and `points` are in order, the first that matches counts. `ends` and `renews` are the places of the legs of
    the stay that such an activity ends or begins anew. `wakes` says that it ends a span of idleness that costs points.
    """

    rules: tuple[Rule, ...] = ()
    points: tuple[Points, ...] = ()
    counters: tuple[Counter, ...] = ()
    ends: frozenset[int] = frozenset()
    renews: frozenset[int] = frozenset()
    attempt: bool = False
    wakes: bool = False


NOTHING = Effects()
"""Of what nobody waits for."""


class Passage(msgspec.Struct, frozen=True):
    """All that a change from one status to another is by itself, whoever makes it.

    `told` names both with their phases, as outcomes do, `kind` is the handoff's; `locks` are those closed afterwards,
    and `begun` the counters that begin again.
    """

    old: Status
    new: Status
    told: dict[str, str | None]
    kind: str
    locks: tuple[str, ...]
    forgets_answers: bool
    forgets_engagement: bool
    begun: frozenset[str]


Locks = tuple[str, ...]
"""The names of locks that are closed for a lead, in the order of the policy."""
_NO_LIFECYCLE = Lifecycle()
NOWHERE = Status(id=None)
"""Where a lead is that nobody has classified, or whose status the policy no longer has."""


@dataclass(frozen=True, slots=True, repr=False)
class Policy:
    """A policy, ready to decide; `text` is the canonical document, `reference` names the policy as outcomes do.

    `moved` says where leads go from statuses that the policy does not have or has disabled. `heeds_accounts` tells
    whether anything depends on what a lead's account is to us.
    """

    name: str
    version: str
    digest: str
    text: str
    reference: dict[str, str]
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
    _effects: dict[tuple[Signals, str | None], Effects] = field(default_factory=dict)
    _passages: dict[tuple[str | None, str, Locks], Passage] = field(default_factory=dict)

    def status(self, name: str | None) -> Status:
        """Returns a status by id."""
        return NOWHERE if name is None else self.statuses.get(name, NOWHERE)

    def intent_of(self, form: FormSubmitted) -> Intent:
        """Returns what a form asks for, by the sender's own word or by the policy's."""
        return form.intent or self.forms.get(form.form_id, self.default_intent)

    def effects_of(self, signals: Signals, status: str | None) -> Effects:
        """Returns what an activity can do, found once for each combination; NOTHING where nobody waits for it."""
        found = self._effects.get((signals, status))
        if found is None:
            found = self._effects[signals, status] = self._effects_found(signals, status)
        return found

    def _effects_found(self, signals: Signals, status: str | None) -> Effects:
        here = NEW if status is None else status
        legs = self.status(status).stay
        found = Effects(
            rules=tuple(
                rule
                for rule in self.rules
                if here in rule.from_ and not signals.isdisjoint(rule.on) and rule.to != here
            ),
            points=tuple(line for line in self.points if line.on in signals),
            counters=tuple(counter for counter in self.counters if counter.of in signals),
            ends=frozenset(n for n, leg in enumerate(legs) if not leg.until.isdisjoint(signals)),
            renews=frozenset(n for n, leg in enumerate(legs) if not leg.since.isdisjoint(signals)),
            attempt="attempt" in signals,
            wakes=self.fading.idle_after is not None and "lead_acted" in signals,
        )
        return NOTHING if found == NOTHING else found

    def passage(self, before: str | None, to: str, locks: Locks) -> Passage:
        """Returns what a change of status is while these locks are closed, found once for each combination."""
        found = self._passages.get((before, to, locks))
        if found is None:
            found = self._passages[before, to, locks] = self._passage_found(before, to, locks)
        return found

    def _passage_found(self, before: str | None, to: str, locks: Locks) -> Passage:
        old, new = self.status(before), self.status(to)
        here = old.id or NEW
        forgets = here in new.forgets_engagement
        begun = {"entering", "zeroing"} if forgets else {"entering"}
        return Passage(
            old,
            new,
            told={
                "from_status": before,
                "to_status": new.id,
                "from_phase": old.phase,
                "to_phase": new.phase,
            },
            kind=f"{before or NEW}_to_{new.id}",
            locks=tuple(
                lock.name
                for lock in self.locks
                if to in lock.set_on or (lock.name in locks and to not in lock.lifted_on)
            ),
            forgets_answers=here in new.forgets_answers,
            forgets_engagement=forgets,
            begun=frozenset(counter.name for counter in self.counters if counter.since in begun),
        )

    def barred(self, locks: Locks) -> frozenset[str]:
        """Returns the statuses that these locks shut."""
        return frozenset(name for lock in self.locks if lock.name in locks for name in lock.bars)

    def engagement_at(self, lifecycle: Lifecycle, now: int) -> int:
        """Returns the engagement of a lifecycle as it reads now, in thousandths of a point."""
        fading = self.fading
        engagement, elapsed = lifecycle.engagement, now - lifecycle.engaged_at
        if engagement and elapsed and fading.half_life is not None:
            engagement = faded(engagement, elapsed, fading.half_life)
        if fading.idle_after is not None and lifecycle.idle_from:
            spans = (now - lifecycle.idle_from) // fading.idle_after
            engagement = idled(engagement, spans * fading.idle_points)
        return engagement

    def fit_of(self, lead: Lead) -> int:
        """Returns the fit of a person, in thousandths of a point."""
        situation, points = Situation(lead, self.traits, _NO_LIFECYCLE), 0
        for line in self.fit:
            if line.holds(situation):
                points += line.points
        return points
