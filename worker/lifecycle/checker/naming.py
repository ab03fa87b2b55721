"""Names and words that mean nothing where they stand, or mean two things."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from schemas.vocabulary import ANSWER_KEYS, ContactabilityReason, Team
from worker.lifecycle.checker.cells import CLOSED
from worker.lifecycle.checker.subject import Subject, conditions_of, facts_in
from worker.lifecycle.language.facts import FACTS
from worker.lifecycle.language.findings import Finding, Path, meant, unknown
from worker.lifecycle.language.parts import CreateOpportunity
from worker.lifecycle.language.words import ANYWHERE, NEW, AllOf, Matcher

ANSWERS = (*ANSWER_KEYS, "follow_up_at", "expected_close_on")
"""What can be answered: the questions, and the two dates that calls and requests bring."""
_CLOSING = tuple(reason for reason in get_args(ContactabilityReason) if reason != "opted_in")
_RESERVED_RULES = ("deadline", "request", "moved")
"""What outcomes call a change that no rule made."""


def unknown_values(subject: Subject) -> Iterator[Finding]:
    """Finds a fact held against a word that it never is."""
    for path, when in conditions_of(subject.document):
        for place, name, matcher in facts_in(path, when):
            if name in subject.document.trait or name in subject.document.counter:
                continue
            allowed = ANSWERS if name == "answered" else CLOSED.get(name)
            for where, word in _words(place, matcher) if allowed else ():
                if allowed and word not in allowed:
                    near, there = meant(word, allowed), ", ".join(allowed)
                    message = f'"{name}" is never "{word:.60}"{near}; it is one of {there}'
                    yield Finding(where, message, "unknown_value")


def _words(path: Path, matcher: Matcher) -> Iterator[tuple[Path, str]]:
    match matcher:
        case str():
            yield path, matcher
        case tuple():
            yield from (((*path, place), word) for place, word in enumerate(matcher))
        case AllOf(all_of=words):
            yield from (((*path, "all_of", place), word) for place, word in enumerate(words))


def unknown_teams(subject: Subject) -> Iterator[Finding]:
    """Finds a status that a team may pick which there is not."""
    teams = get_args(Team)
    for name, status in subject.document.status.items():
        for place, pick in enumerate(status.pick):
            for team in pick.by:
                if team not in teams:
                    path = ("status", name, "pick", place, "by", team)
                    yield Finding(path, unknown("team", team, teams), "unknown_team")


def unknown_answers(subject: Subject) -> Iterator[Finding]:
    """Finds an answer that a status wants, or an action gives on, which nothing ever answers."""
    for name, status in subject.document.status.items():
        asked: list[tuple[Path, str]] = [
            (("status", name, "requires", answer), answer) for answer in status.requires
        ]
        for place, action in enumerate(status.handoff.actions):
            if isinstance(action, CreateOpportunity) and action.timeline_from is not None:
                path: Path = ("status", name, "handoff", "actions", place, "timeline_from")
                asked.append((path, action.timeline_from))
        for path, answer in asked:
            if answer not in ANSWERS:
                yield Finding(path, unknown("answer", answer, ANSWERS), "unknown_answer")


def closing_reasons(subject: Subject) -> Iterator[Finding]:
    """Finds a leg that closes a channel for a reason that contactability events do not have, or for none."""
    for name, status in subject.document.status.items():
        for place, leg in enumerate(status.stay):
            if leg.closes is None or leg.reason in _CLOSING:
                continue
            path: Path = ("status", name, "stay", place)
            said = "it gives no reason" if leg.reason is None else f'"{leg.reason}" was found'
            path = path if leg.reason is None else (*path, "reason")
            message = f'"closes" is told with a reason: {said}; write one of {", ".join(_CLOSING)}'
            yield Finding(path, message, "closing_reason")


def taken_names(subject: Subject) -> Iterator[Finding]:
    """Finds a name that is given twice, or that means something already."""
    document = subject.document
    ids: set[str] = set()
    for place, rule in enumerate(document.rule):
        if rule.id in ids:
            message = f'another rule above is called "{rule.id}"; outcomes name their rule, so give it an id of its own'
            yield Finding(("rule", place, "id"), message, "duplicate_rule")
        ids.add(rule.id)
        if rule.id in _RESERVED_RULES:
            message = (
                f'outcomes say "{rule.id}" where no rule made the change; call the rule otherwise'
            )
            yield Finding(("rule", place, "id"), message, "reserved_name")
    for name in (NEW, ANYWHERE):
        if name in document.status:
            message = f'"{name}" has a meaning of its own in "from"; call the status otherwise'
            yield Finding(("status", name), message, "reserved_name")
    facts = {*FACTS, "any", "all", "not"}
    for table, names in (("counter", document.counter), ("trait", document.trait)):
        for name in names:
            if name in facts:
                message = (
                    f'"{name}" means something in conditions already; call the {table} otherwise'
                )
                yield Finding((table, name), message, "reserved_name")
        facts |= names.keys()


def moved_statuses(subject: Subject) -> Iterator[Finding]:
    """Finds a status whose leads are said to be moved although it is there."""
    for name in subject.document.moved:
        if name in subject.statuses:
            message = f'"{name}" is a status of this policy, so its leads stay; take the line out, or the status'
            yield Finding(("moved", name), message, "moved_status")


def lost_details(subject: Subject) -> Iterator[Finding]:
    """Shows values that a rule or a pick puts into a change whose status does not carry them."""
    for way in subject.ways:
        if way.kind == "stay" or way.said != way.to:
            continue
        place = int(way.path[-1])
        rule_or_pick = (
            subject.document.rule[place]
            if way.kind == "rule"
            else subject.statuses[way.to].pick[place]
        )
        carried = subject.statuses[way.to].details
        for name in rule_or_pick.set:
            if name not in carried:
                message = f'"{way.to}" carries no "{name}", so it is told to nobody; add it to its details'
                yield Finding((*way.path, "set", name), message, "lost_detail", remark=True)
