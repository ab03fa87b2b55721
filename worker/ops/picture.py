"""A policy as a picture: statuses grouped by phase, and what leads change status by as arrows between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import msgspec

from worker.lifecycle.checker.subject import Subject, Way
from worker.lifecycle.language.parts import Leg
from worker.lifecycle.language.policy import PolicyDocument
from worker.lifecycle.language.words import ANYWHERE, NEW, Phase

PHASES = {
    "P0": "unfiltered",
    "P1": "viable or in profile",
    "P2": "inquiry",
    "P3": "marketing-qualified",
    "P4": "sales working, no live contact",
    "P5": "live contact",
    "P6": "sales-qualified",
    "P7": "handed off, or opportunity opened",
    "P8": "active pipeline",
    "D1": "rejected before engagement",
    "D2": "disqualified",
    "D3": "nurture",
    "D4": "suppressed",
    "D5": "not applicable",
}

_LOOKS = (
    "  rankdir=LR; newrank=true; nodesep=0.5; ranksep=0.8;",
    '  graph [fontname="Helvetica", fontsize=11];',
    '  node [shape=box, style=rounded, fontname="Helvetica", fontsize=12];',
    '  edge [fontname="Helvetica", fontsize=10];',
)
"""Ranks over all phases: by default Graphviz ranks within each, and labels come to lie on each other."""


class Arrow(msgspec.Struct, frozen=True):
    """Everything by which leads go from one place to another: rules and picks, or, `by_time`, the parts of a stay."""

    from_: str = msgspec.field(name="from")
    to: str
    by_time: bool
    labels: tuple[str, ...]


class Picture(msgspec.Struct, frozen=True):
    """The statuses of a policy by phase, in the order of the phases, and the arrows, in the order of the table."""

    name: str
    phases: dict[str, tuple[str, ...]]
    arrows: tuple[Arrow, ...]

    def mermaid(self) -> str:
        """Writes the picture as a Mermaid flowchart."""
        lines = ["flowchart LR"]
        lines += [f'  {_id(place)}(["{_shown(place)}"])' for place in self._outside()]
        for phase, statuses in self.phases.items():
            lines.append(f'  subgraph {phase}["{phase} {PHASES[phase]}"]')
            lines += [f'    {_id(status)}["{status}"]' for status in statuses]
            lines.append("  end")
        for arrow in self.arrows:
            line = "-.->" if arrow.by_time else "-->"
            labels = "<br/>".join(arrow.labels)
            lines.append(f'  {_id(arrow.from_)} {line}|"{labels}"| {_id(arrow.to)}')
        return "\n".join(lines) + "\n"

    def dot(self) -> str:
        """Writes the picture in the language of Graphviz."""
        lines = [f'digraph "{self.name}" {{', *_LOOKS]
        lines += [
            f'  "{place}" [label="{_shown(place)}", shape=oval];' for place in self._outside()
        ]
        for phase, statuses in self.phases.items():
            inside = " ".join(f'"{status}";' for status in statuses)
            label = f'label="{phase} {PHASES[phase]}";'
            lines.append(f'  subgraph "cluster_{phase}" {{ {label} {inside} }}')
        for arrow in self.arrows:
            style = "style=dashed, " if arrow.by_time else ""
            labels = "\\n".join(arrow.labels)
            lines.append(f'  "{arrow.from_}" -> "{arrow.to}" [{style}label="{labels}"];')
        return "\n".join([*lines, "}"]) + "\n"

    def _outside(self) -> list[str]:
        """Returns the places of leads that are no status, where arrows begin there."""
        begun = {arrow.from_ for arrow in self.arrows}
        return [place for place in (NEW, ANYWHERE) if place in begun]


def of(document: PolicyDocument) -> Picture:
    """Draws a document."""
    subject = Subject(document)
    phases = {
        phase: found
        for phase in get_args(Phase)
        if (found := tuple(n for n, status in subject.statuses.items() if status.phase == phase))
    }
    joined: dict[tuple[str, str, bool], list[str]] = {}
    for from_, to, by_time, label in _steps(subject):
        labels = joined.setdefault((from_, to, by_time), [])
        if label not in labels:
            labels.append(label)
    order = [NEW, ANYWHERE, *subject.statuses]
    keys = sorted(joined, key=lambda key: (order.index(key[0]), order.index(key[1]), key[2]))
    arrows = tuple(Arrow(*key, tuple(joined[key])) for key in keys)
    return Picture(document.name, phases, arrows)


def _steps(subject: Subject) -> Iterator[tuple[str, str, bool, str]]:
    """Yields (from, to, by time, label) of every way, one from any status once."""
    for way in subject.ways:
        label = f"by {way.name}" if way.kind == "pick" else way.name
        if way.kind == "stay":
            leg = subject.statuses[str(way.path[1])].stay[int(way.path[3])]
            label = _span(leg)
        for place in [ANYWHERE] if _from_anywhere(subject, way) else sorted(way.from_):
            yield place, way.to, way.kind == "stay", label
    for name, status in subject.statuses.items():
        for leg in status.stay:
            if leg.closes is not None:
                yield name, name, True, f"{_span(leg)}: closes {leg.closes}"


def _from_anywhere(subject: Subject, way: Way) -> bool:
    match way.path:
        case ("rule", int(place)):
            return subject.document.rule[place].from_ == (ANYWHERE,)
        case ("status", str(name), "pick", int(place)):
            return subject.statuses[name].pick[place].from_ == (ANYWHERE,)
        case _:
            return False


def _span(leg: Leg) -> str:
    since = f" since {' or '.join(leg.since)}" if leg.since else ""
    return f"{leg.for_}{since}"


def _id(place: str) -> str:
    """Returns a name for a node that is no word of Mermaid's, such as `end`."""
    return f"s_{place}"


def _shown(place: str) -> str:
    return "any status" if place == ANYWHERE else place
