"""What a situation came to: what was wrong, what it lacks to mean anything, and its figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faults.ledger import Came
from tests.faults.proof.campaign import Happened
from tests.faults.proof.verdict import left_undone

LARGEST = "largest_record"
"""Of the judge, bytes."""


@dataclass
class Found:
    """What a situation found by itself; the judge comes on top."""

    amiss: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    def expect(self, name: str, figure: float, *, most: float) -> None:
        """Notes a figure, which is amiss beyond so much."""
        self.figures[name] = round(figure, 2)
        if figure > most:
            self.amiss.append(f"{name}: {figure:.2f}, {most:.2f} at most")

    def need(self, name: str, figure: float, *, least: float) -> None:
        """Notes a figure, with less of which the situation shows nothing."""
        self.figures[name] = round(figure, 2)
        if figure < least:
            self.lacking.append(f"{name}: {figure:.2f}, {least:.2f} at least")


@dataclass(frozen=True)
class Situation(Came):
    """Of one of them."""

    name: str
    first: tuple[Any, ...]
    lacking: tuple[str, ...]
    figures: Mapping[str, float]


@dataclass(frozen=True)
class Overloaded(Came):
    """Of all situations of a run."""

    situations: tuple[Situation, ...]


def situation(name: str, found: Found, happened: Happened, report: dict[str, Any]) -> Situation:
    """Sums up one of them; deaths that left nothing undone show nothing."""
    found.amiss.extend(left_undone(happened, report))
    if not any(bite.undone for bite in happened.bites):
        found.lacking.append("no death with anything left to do")
    return Situation(
        name=name,
        proven=report["verdict"] == "PASS" and not found.amiss and not found.lacking,
        verdict=report["verdict"],
        anomalies=report["anomalies"],
        first=(*report["first"], *report["unknown"]),
        amiss=tuple(found.amiss),
        lacking=tuple(found.lacking),
        deaths=len(happened.bites),
        deaths_with_work_left=happened.deaths_with_work_left,
        judged=report.get("judged", {}),
        faults={f"overload: {name}": (1, int(not found.lacking))},
        figures=found.figures,
    )


def overloaded(situations: Sequence[Situation]) -> Overloaded:
    """Sums up a run."""
    worst = [one.verdict for one in situations if one.verdict != "PASS"]
    return Overloaded(
        proven=bool(situations) and all(one.proven for one in situations),
        verdict=worst[0] if worst else "PASS",
        anomalies=_summed(one.anomalies for one in situations),
        amiss=tuple(f"{one.name}: {what}" for one in situations for what in one.amiss),
        deaths=sum(one.deaths for one in situations),
        deaths_with_work_left=sum(one.deaths_with_work_left for one in situations),
        judged=_judged(situations),
        faults={fault: counts for one in situations for fault, counts in one.faults.items()},
        situations=tuple(situations),
    )


def _judged(situations: Sequence[Situation]) -> dict[str, int]:
    """Adds up what was judged, but for the largest record, which is the largest of all."""
    total = _summed(one.judged for one in situations)
    if LARGEST in total:
        total[LARGEST] = max(one.judged.get(LARGEST, 0) for one in situations)
    return total


def _summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(total)


def quantile(values: Iterable[float], share: float) -> float:
    """Returns the value below which that share of them lies; 0 of none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0
