"""From a policy document to a policy that can decide: parts of teams resolved, names checked, conditions compiled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from schemas.vocabulary import Intent
from worker.lifecycle import parts, plan, policy
from worker.lifecycle.calendar import span_of
from worker.lifecycle.facts import Condition, Traits, all_hold, condition_of
from worker.lifecycle.scoring import MILLI

_TITLES = 4096
"""Job titles remembered as decided: people have few different ones, and a search costs more than a look-up."""

ANYWHERE = "any"
"""How a policy says that a status may be picked, or a rule match, wherever the lead is."""


def compiled(document: policy.PolicyDocument) -> plan.Policy:
    """Makes a document ready to run; PolicyError with every name in it that means nothing."""
    return _Compiler(document).result()


def load(data: dict[str, Any]) -> plan.Policy:
    """Reads the tables of a policy file and make them ready to run; PolicyError says what is wrong."""
    return compiled(policy.parsed(data))


def reopened(text: str) -> plan.Policy:
    """Makes a canonical text ready to run again, as it comes from the spine."""
    return compiled(policy.PolicyDocument.model_validate_json(text))


class _Compiler:
    """Walks a document once, collecting what is wrong with it."""

    def __init__(self, document: policy.PolicyDocument) -> None:
        self.document = document
        self.findings: list[str] = []
        self.everywhere = frozenset((parts.NEW, *document.status))

    def result(self) -> plan.Policy:
        document = self.document
        text = policy.canonical(document)
        made = plan.Policy(
            name=document.name,
            version=document.version,
            digest=policy.digest_of(text),
            text=text,
            statuses={name: self._status(name, found) for name, found in document.status.items()},
            rules=tuple(self._rule(found) for found in document.rule),
            locks=tuple(self._lock(name, found) for name, found in document.lock.items()),
            points=tuple(map(self._points, document.engagement.points)),
            fit=tuple(map(self._fit, document.fit)),
            half_life=span_of(document.engagement.half_life).milliseconds,
            traits=Traits(
                role_of_decision=_whole_words(document.roles_of_decision),
                personal_domains=frozenset(document.personal_domains),
            ),
            forms=_intents(document.forms),
            default_intent=document.forms.default,
            first_handoff=self._first_handoff(),
        )
        if not made.half_life:
            self.findings.append("engagement.half_life: a half-life is a span of days or less")
        if self.findings:
            raise policy.PolicyError(self.findings)
        return made

    def _team(self, part: str) -> str:
        """Returns the team that plays a part; a part nobody plays is played by itself."""
        return self.document.teams.get(part, part)  # type: ignore[call-overload, no-any-return]

    def _teams(self, parts: Iterable[str]) -> frozenset[str]:
        return frozenset(map(self._team, parts))

    def _places(self, where: str, names: tuple[str, ...]) -> frozenset[str]:
        if names == (ANYWHERE,):
            return self.everywhere
        unknown = [name for name in names if name not in self.everywhere]
        for name in unknown:
            self.findings.append(f'{where}: no status "{name}"; there are {self._all()}')
        return frozenset(names)

    def _one(self, where: str, name: str) -> str:
        if name not in self.document.status:
            self.findings.append(f'{where}: no status "{name}"; there are {self._all()}')
        return name

    def _all(self) -> str:
        return ", ".join(self.document.status)

    def _conditions(self, where: str, when: Mapping[str, parts.Matcher]) -> tuple[Condition, ...]:
        made = []
        for name, matcher in when.items():
            try:
                made.append(condition_of(name, self._resolved(name, matcher)))
            except ValueError as fault:
                self.findings.append(f"{where}.when.{name}: {fault}")
        return tuple(made)

    def _resolved(self, name: str, matcher: parts.Matcher) -> parts.Matcher:
        if name != "by_team":
            return matcher
        return (
            tuple(self._teams(matcher)) if isinstance(matcher, tuple) else self._team(str(matcher))
        )

    def _status(self, name: str, found: parts.Status) -> plan.Status:
        where, terms = f"status.{name}", found.handoff
        talking = found.team in self.document.live_exchange_with
        return plan.Status(
            id=name,
            phase=found.phase,
            team=None if found.team is None else self._team(found.team),
            in_talks=talking,
            outreach=found.outreach,
            picks=tuple(
                plan.Pick(
                    by=self._teams(pick.by),
                    from_=self._places(f"{where}.pick", pick.from_),
                    given=pick.set,
                )
                for pick in found.pick
            ),
            reasons=found.reasons,
            requires=found.requires,
            details=found.details,
            stay=self._stay(where, found.stay),
            respond_within=None if terms.respond_within is None else span_of(terms.respond_within),
            actions=tuple(map(_action, terms.actions)),
        )

    def _stay(self, where: str, found: parts.Stay) -> plan.Stay | None:
        if (found.none is None) == (found.for_ is None):
            self.findings.append(
                f'{where}.stay: say either how long ("for"), or why it has no end ("none")'
            )
        if found.for_ is None:
            return None
        if found.to is None:
            self.findings.append(f'{where}.stay: say where it leads ("to")')
            return None
        return plan.Stay(
            span=span_of(found.for_),
            since=frozenset(found.since),
            to=self._one(f"{where}.stay.to", found.to),
            reason=found.reason,
            keep_reason=found.keep_reason,
            except_reasons=frozenset(found.except_reasons),
        )

    def _rule(self, found: parts.Rule) -> plan.Rule:
        where = f"rule {found.id}"
        conditions = self._conditions(where, found.when)
        return plan.Rule(
            id=found.id,
            on=frozenset(found.on),
            from_=self._places(f"{where}.from", found.from_),
            conditions=conditions,
            holds=all_hold(conditions),
            to=self._one(f"{where}.to", found.to),
            reason=found.reason,
            reason_of_call=found.reason_of_call,
            given=found.set,
        )

    def _lock(self, name: str, found: parts.Lock) -> plan.Lock:
        where = f"lock.{name}"
        return plan.Lock(
            name=name,
            bars=self._places(f"{where}.bars", found.bars),
            set_on=self._places(f"{where}.set_on", found.set_on),
            lifted_on=self._places(f"{where}.lifted_on", found.lifted_on),
        )

    def _points(self, found: parts.Points) -> plan.Points:
        return plan.Points(
            on=found.on,
            holds=all_hold(self._conditions("engagement.points", found.when)),
            points=round(found.points * MILLI),
            cap=None if found.cap is None else found.cap.points * MILLI,
        )

    def _fit(self, found: parts.FitPoints) -> plan.FitPoints:
        return plan.FitPoints(
            holds=all_hold(self._conditions("fit", found.when)), points=round(found.points * MILLI)
        )

    def _first_handoff(self) -> plan.FirstHandoff:
        found = self.document.first_handoff
        return plan.FirstHandoff(
            team=self._team(found.from_),
            by_origin={origin: self._team(team) for origin, team in found.origin.items()},
            by_picker={self._team(by): self._team(team) for by, team in found.picked_by.items()},
        )


def _action(found: parts.CreateOpportunity | parts.Review) -> dict[str, str | int | None]:
    if isinstance(found, parts.CreateOpportunity):
        return {"do": found.do, "amount": found.amount, "timeline": None}
    return {"do": found.do}


def _intents(forms: parts.Forms) -> dict[str, Intent]:
    table: dict[str, Intent] = dict.fromkeys(forms.informational, "informational")
    return table | dict.fromkeys(forms.action, "action")


def _whole_words(words: tuple[str, ...]) -> Callable[[str], bool]:
    """Returns a test for titles that contain one of the words, whole and in any case."""
    if not words:
        return lambda _: False
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b", re.IGNORECASE)
    return lru_cache(maxsize=_TITLES)(lambda title: pattern.search(title) is not None)
