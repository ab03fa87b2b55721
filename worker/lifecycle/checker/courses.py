"""Where leads can go, and where time takes them: statuses nobody reaches or leaves, stays, reasons, handoffs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from worker.lifecycle.calendar import span_of
from worker.lifecycle.checker.subject import Subject, Way
from worker.lifecycle.checker.worlds import Worlds
from worker.lifecycle.language.findings import Finding
from worker.lifecycle.language.parts import Leg, Rule
from worker.lifecycle.language.words import NEW, When

NEGATIVE = ("D1", "D2")
"""The phases of a no, which takes a reason."""
_DAY_MS = 86_400_000


def reached(ways: Iterable[Way], begin: Iterable[str]) -> set[str]:
    """Returns the statuses that ways lead to from some others, those included."""
    ways, found = list(ways), set(begin)
    while more := {
        way.to for way in ways if way.to not in found and not found.isdisjoint(way.from_)
    }:
        found |= more
    return found


def unreachable_statuses(subject: Subject) -> Iterator[Finding]:
    """Finds statuses that no rule, pick or stay leads to from where leads are; a remark where others are disabled."""
    if subject.unsure:
        return
    moved = (subject.instead[to] for to in subject.document.moved.values() if to in subject.instead)
    there = reached(subject.ways, [NEW, *moved])
    for name in subject.statuses:
        if name not in there:
            ways = [way for way in subject.ways if way.to == name]
            froms = sorted({place for way in ways for place in way.from_})
            why = (
                f"only from {', '.join(froms)}, which nobody reaches"
                if froms
                else "by no rule, pick or stay"
            )
            message = (
                f"no lead ever comes here: {why}; lead there from where leads are, or take it out"
            )
            spared = bool(subject.document.disabled)
            yield Finding(("status", name), message, "unreachable_status", remark=spared)


def dead_ends(subject: Subject) -> Iterator[Finding]:
    """Finds statuses without a way out that do not say why they need none."""
    for name, status in subject.statuses.items():
        ways = [way for way in subject.ways if name in way.from_ and way.to != name]
        if not ways and not subject.unsure and all(leg.none is None for leg in status.stay):
            message = (
                "no rule, pick or stay leads out of here; add one, or say in the stay why none is needed:"
                ' { none = "..." }'
            )
            yield Finding(("status", name), message, "dead_end")


def missing_stays(subject: Subject) -> Iterator[Finding]:
    """Finds statuses that say neither how long a lead may stay nor why that needs no end."""
    for name, status in subject.document.status.items():
        blank = [
            place
            for place, leg in enumerate(status.stay)
            if (leg.none or "x").isspace() or leg.none == ""
        ]
        allowed = 'write stay = { for = "30 days", to = "..." }, or stay = { none = "why it needs no end" }'
        if not status.stay:
            message = f"no longest stay, and no reason for none; {allowed}"
            yield Finding(("status", name), message, "missing_stay")
        for place in blank:
            message = f"no reason why the stay needs no end; {allowed}"
            yield Finding(("status", name, "stay", place, "none"), message, "missing_stay")


def idle_legs(subject: Subject) -> Iterator[Finding]:
    """Finds parts of a stay that never begin, because the one before leads away or has no end."""
    for name, status in subject.document.status.items():
        for place, leg in enumerate(status.stay[:-1], start=1):
            if not leg.until and leg.closes is None:
                message = (
                    'it never begins: nothing ends the part before; say "until" what that one lasts'
                )
                yield Finding(("status", name, "stay", place), message, "idle_leg")


def endless_turns(subject: Subject) -> Iterator[Finding]:
    """Finds circles of stays, none of them a day long, in which time alone turns a lead for ever."""
    following = {name: leg for name in subject.statuses if (leg := _by_time_alone(subject, name))}
    seen: set[str] = set()
    for begin in following:
        turn, name = [], begin
        while name in following and name not in turn:
            turn.append(name)
            name = following[name][0]
        circle = turn[turn.index(name) :] if name in turn else []
        if (
            circle
            and seen.isdisjoint(circle)
            and all(following[one][1] < _DAY_MS for one in circle)
        ):
            course = " -> ".join([*circle, circle[0]])
            message = f"time alone turns a lead in a circle, {course}, and no stay lasts a day; give one at least 1 day"
            yield Finding(("status", circle[0], "stay"), message, "endless_turn")
        seen.update(turn)


def _by_time_alone(subject: Subject, name: str) -> tuple[str, int] | None:
    """Returns where time leads from a status, and after how many milliseconds at least; None where nowhere."""
    waited = 0
    for leg in subject.statuses[name].stay:
        if leg.for_ is None:
            return None
        waited += _least(leg)
        if leg.to is not None:
            return (subject.instead[leg.to], waited) if leg.to in subject.instead else None
    return None


def _least(leg: Leg) -> int:
    """Returns the milliseconds of a leg, a month counted as the shortest."""
    span = span_of(leg.for_ or "")
    return span.milliseconds + span.months * 28 * _DAY_MS


def missing_reasons(subject: Subject) -> Iterator[Finding]:
    """Finds a way into a no without a reason."""
    for way in subject.ways:
        if subject.phase(way.to) not in NEGATIVE or not way.from_:
            continue
        status = subject.statuses[way.to]
        to, phase = way.to, status.phase
        match way.kind:
            case "rule":
                rule = subject.document.rule[int(way.path[1])]
                lacks = rule.reason is None and not _call_gives(
                    rule, status.reasons, subject.worlds
                )
                advice = 'write reason = "..."'
            case "pick":
                lacks, advice = not way.reasons, f'write reasons = ["..."] in [status.{to}]'
            case _:
                leg = subject.statuses[str(way.path[1])].stay[int(way.path[3])]
                lacks = leg.reason is None and not leg.keep_reason
                advice = 'write reason = "...", or keep_reason = true'
        if lacks:
            message = f'"{to}" is a no ({phase}), and this leads there without a reason; {advice}'
            yield Finding(way.path, message, "missing_reason")


def _call_gives(rule: Rule, reasons: tuple[str, ...], worlds: Worlds) -> bool:
    """Tells whether a rule only matches calls that give one of some reasons."""
    if not rule.reason_of_call or not reasons:
        return False
    other = worlds.case([rule.when], [When(facts={"call_reason": reasons})])
    return other is None or worlds.exhausted


def handoffs_without_team(subject: Subject) -> Iterator[Finding]:
    """Finds statuses that have somebody do something, but belong to no team."""
    for name, status in subject.document.status.items():
        terms = status.handoff
        if status.team is None and (terms.actions or terms.respond_within):
            message = 'nobody is handed the lead: the status has no team; write team = "...", or take the handoff out'
            yield Finding(("status", name, "handoff"), message, "handoff_without_team")


def disabled_statuses(subject: Subject) -> Iterator[Finding]:
    """Shows where the ways into a disabled status lead instead."""
    for name in subject.document.disabled:
        instead = subject.instead.get(name)
        if name not in subject.document.status or instead is None:
            continue
        ways = [way for way in subject.ways if way.said == name]
        named = [
            f"{way.kind} {way.name}" if way.kind == "rule" else f"the stay in {way.path[1]}"
            for way in ways
        ]
        who = ", ".join(named) or "nothing else"
        message = (
            f'"{name}" is disabled: its leads go to {instead}, and so does what leads there ({who})'
        )
        yield Finding(("disabled", name), message, "disabled_status", remark=True)
