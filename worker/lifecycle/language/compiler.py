"""From a policy document to a policy that can decide: parts of teams resolved, names checked, conditions compiled."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from schemas.vocabulary import Intent
from worker.lifecycle.counting import Counter, fact_of
from worker.lifecycle.language import parts, pieces, plan, policy
from worker.lifecycle.language.conditions import Vocabulary
from worker.lifecycle.language.facts import About, Traits
from worker.lifecycle.language.names import Names
from worker.lifecycle.language.stations import statuses_of
from worker.lifecycle.scoring import MILLI, Fading

_TITLES = 4096
"""Job titles remembered as decided: people have few different ones, and a search costs more than a look-up."""

_PERSON: tuple[About, ...] = ("person",)
_ALL: tuple[About, ...] = ("activity", "person", "lifecycle")


def compiled(document: policy.PolicyDocument) -> plan.Policy:
    """Makes a document ready to run; PolicyError with every name in it that means nothing."""
    return _Compiler(document).result()


def reopened(text: str) -> plan.Policy:
    """Makes a canonical text ready to run again, as it comes from the spine."""
    return compiled(policy.PolicyDocument.model_validate_json(text))


class _Compiler:
    """Walks a document once, collecting what is wrong with it."""

    def __init__(self, document: policy.PolicyDocument) -> None:
        self.document = document
        self.names = Names(document)
        self.counters = tuple(
            Counter(
                name,
                found.of,
                found.since,
                self.names.fixed(("counter", name, "within"), found.within),
            )
            for name, found in document.counter.items()
        )
        counted = {counter.name: fact_of(counter) for counter in self.counters}
        self.words = Vocabulary(counted, document.trait, self.names)
        for name, when in document.trait.items():
            self.words.condition(("trait", name), when, _ALL)

    def result(self) -> plan.Policy:
        document = self.document
        text = policy.canonical(document)
        digest = policy.digest_of(text)
        made = plan.Policy(
            name=document.name,
            version=document.version,
            digest=digest,
            text=text,
            reference={"name": document.name, "version": document.version, "digest": digest},
            statuses=statuses_of(document, self.names, self.words),
            rules=tuple(self._rule(place, found) for place, found in enumerate(document.rule)),
            locks=tuple(self._lock(name, found) for name, found in document.lock.items()),
            points=tuple(
                self._points(place, found) for place, found in enumerate(document.engagement.points)
            ),
            fit=tuple(self._fit(place, found) for place, found in enumerate(document.fit)),
            fading=self._fading(),
            counters=self.counters,
            moved=self.names.redirected()
            | {name: self.names.target(("moved", name), to) for name, to in document.moved.items()},
            traits=Traits(
                role_of_decision=_whole_words(document.roles_of_decision),
                personal_domains=frozenset(document.personal_domains),
            ),
            forms=_intents(document.forms),
            default_intent=document.forms.default,
            first_handoff=self._first_handoff(),
            heeds_accounts="relationship" in self.words.asked or '"account_heard"' in text,
        )
        if self.names.findings:
            raise policy.PolicyError(list(dict.fromkeys(self.names.findings)))
        return made

    def _rule(self, place: int, found: parts.Rule) -> pieces.Rule:
        path = ("rule", place)
        return pieces.Rule(
            id=found.id,
            on=frozenset(found.on),
            from_=self.names.places((*path, "from"), found.from_),
            condition=self.words.condition((*path, "when"), found.when, _ALL),
            to=self.names.target((*path, "to"), found.to),
            reason=found.reason,
            reason_of_call=found.reason_of_call,
            given=found.set,
        )

    def _lock(self, name: str, found: parts.Lock) -> pieces.Lock:
        path = ("lock", name)
        return pieces.Lock(
            name=name,
            bars=self.names.places((*path, "bars"), found.bars),
            set_on=self.names.places((*path, "set_on"), found.set_on),
            lifted_on=self.names.places((*path, "lifted_on"), found.lifted_on),
        )

    def _points(self, place: int, found: parts.Points) -> pieces.Points:
        path = ("engagement", "points", place, "when")
        cap = found.cap
        return pieces.Points(
            on=found.on,
            holds=self.words.condition(path, found.when, ("activity", "person")).holds,
            points=round(found.points * MILLI),
            cap=None if cap is None else pieces.Cap(cap.points * MILLI, weekly=cap.per == "week"),
        )

    def _fit(self, place: int, found: parts.FitPoints) -> pieces.FitPoints:
        condition = self.words.condition(("fit", place, "when"), found.when, _PERSON)
        return pieces.FitPoints(holds=condition.holds, points=round(found.points * MILLI))

    def _fading(self) -> Fading:
        found, idle = self.document.engagement, self.document.engagement.idle
        return Fading(
            half_life=self.names.fixed(("engagement", "half_life"), found.half_life),
            idle_after=self.names.fixed(
                ("engagement", "idle", "after"), None if idle is None else idle.after
            ),
            idle_points=0 if idle is None else round(idle.points * MILLI),
        )

    def _first_handoff(self) -> pieces.FirstHandoff:
        found = self.document.first_handoff
        return pieces.FirstHandoff(
            team=self.names.team(found.from_),
            by_origin={origin: self.names.team(team) for origin, team in found.origin.items()},
            by_picker={
                self.names.team(by): self.names.team(team) for by, team in found.picked_by.items()
            },
        )


def _intents(forms: parts.Forms) -> dict[str, Intent]:
    table: dict[str, Intent] = dict.fromkeys(forms.informational, "informational")
    return table | dict.fromkeys(forms.action, "action")


def _whole_words(words: tuple[str, ...]) -> Callable[[str], bool]:
    """Returns a test for titles that contain one of the words, whole and in any case."""
    if not words:
        return lambda _: False
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b", re.IGNORECASE)
    return lru_cache(maxsize=_TITLES)(lambda title: pattern.search(title) is not None)
