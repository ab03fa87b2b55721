"""The statuses of a policy made ready to run: who may pick them, how long leads stay, and what is handed over."""

from __future__ import annotations

from worker.lifecycle.calendar import span_of
from worker.lifecycle.language import parts, pieces
from worker.lifecycle.language.conditions import Vocabulary
from worker.lifecycle.language.findings import Finding, Path
from worker.lifecycle.language.names import Names
from worker.lifecycle.language.policy import PolicyDocument


def statuses_of(
    document: PolicyDocument, names: Names, words: Vocabulary
) -> dict[str, pieces.Status]:
    """Returns the enabled statuses by name, in the order of the table."""
    making = _Making(names, words, document.live_exchange_with)
    return {
        name: making.status(name, found)
        for name, found in document.status.items()
        if name not in document.disabled
    }


class _Making:
    """Makes one status after the other."""

    def __init__(self, names: Names, words: Vocabulary, talking: tuple[str, ...]) -> None:
        self.names = names
        self.words = words
        self.talking = talking

    def status(self, name: str, found: parts.Status) -> pieces.Status:
        path, terms = ("status", name), found.handoff
        return pieces.Status(
            id=name,
            phase=found.phase,
            team=None if found.team is None else self.names.team(found.team),
            in_talks=found.team in self.talking,
            outreach=found.outreach,
            picks=tuple(
                pieces.Pick(
                    by=self.names.teams(pick.by),
                    from_=self.names.places((*path, "pick", place, "from"), pick.from_),
                    reasons=found.reasons if pick.reasons is None else pick.reasons,
                    given=pick.set,
                )
                for place, pick in enumerate(found.pick)
            ),
            reasons=found.reasons,
            requires=found.requires,
            details=found.details,
            stay=tuple(
                self._leg((*path, "stay", place), leg) for place, leg in enumerate(found.stay)
            ),
            forgets_answers=self._forgetting(name, found, ("answers", "engagement")),
            forgets_engagement=self._forgetting(name, found, ("engagement",)),
            respond_within=None if terms.respond_within is None else span_of(terms.respond_within),
            actions=tuple(
                self._action((*path, "handoff", "actions", place), action)
                for place, action in enumerate(terms.actions)
            ),
        )

    def _forgetting(self, name: str, found: parts.Status, what: tuple[str, ...]) -> frozenset[str]:
        return frozenset().union(
            *(
                self.names.places(("status", name, "forgets", place, "from"), one.from_)
                for place, one in enumerate(found.forgets)
                if one.what in what
            )
        )

    def _leg(self, path: Path, found: parts.Leg) -> pieces.Leg:
        if (found.none is None) == (found.for_ is None):
            message = 'say either how long ("for"), or why it has no end ("none")'
            self.names.findings.append(Finding(path, message, "stay_without_end"))
        elif found.for_ is not None and (found.to is None) == (found.closes is None):
            message = 'say where it leads ("to"), or which channel it closes ("closes")'
            self.names.findings.append(Finding(path, message, "stay_without_end"))
        return pieces.Leg(
            span=None if found.for_ is None else span_of(found.for_),
            since=frozenset(found.since),
            until=frozenset(found.until),
            to=None if found.to is None else self.names.target((*path, "to"), found.to),
            closes=found.closes,
            reason=found.reason,
            keep_reason=found.keep_reason,
            except_reasons=frozenset(found.except_reasons),
        )

    def _action(self, path: Path, found: parts.Action) -> pieces.Action:
        holds = self.words.condition((*path, "when"), found.when, ("person", "lifecycle")).holds
        match found:
            case parts.CreateOpportunity():
                fields: dict[str, str | int | None] = {"amount": found.amount, "timeline": None}
                return pieces.Action(found.do, holds, fields, timeline_from=found.timeline_from)
            case parts.AttachContact():
                return pieces.Action(found.do, holds, {}, names_account=True)
            case _:
                return pieces.Action(found.do, holds, {})
