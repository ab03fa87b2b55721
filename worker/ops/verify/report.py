"""What a verification comes to, as data."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from worker.ops.verify.course import Course
from worker.ops.verify.findings import MOST_NAMED

_TENTH_MS = 100


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict and everything that led to it."""

    verdict: str
    anomalies: dict[str, int]
    """How many of each name."""
    first: list[tuple[str, str]]
    """The first of each name, and where they are."""
    unknown: list[str]
    judged: dict[str, int]
    items: dict[str, int]
    activities: dict[str, int]
    under_way: dict[str, int]
    late_ms: dict[str, int]
    """How late the messages of deadlines were: p50, p99 and most; empty without any."""
    overtaken: int
    """How many events came behind a deadline of their lead, and may have lain there when it was due."""
    first_overtaken: list[str]

    def in_a_sentence(self) -> str:
        """Says what is wrong, or missing."""
        if self.anomalies:
            return ", ".join(f"{count} {name}" for name, count in self.anomalies.items())
        return self.unknown[0] if self.unknown else "nothing is wrong"

    def as_data(self) -> dict[str, Any]:
        """Returns the same as one JSON object has it."""
        told = asdict(self)
        return {**told, "first": [{"name": name, "where": where} for name, where in self.first]}


def report_of(course: Course) -> Report:
    """Sums up a course that has been run."""
    findings = course.findings
    return Report(
        verdict=findings.verdict,
        anomalies=dict(findings.counts.most_common()),
        first=[(anomaly.name, anomaly.where) for anomaly in findings.anomalies],
        unknown=findings.reasons(),
        judged=asdict(findings.judged),
        items=course.ledger.fates(),
        activities=dict(findings.verdicts.most_common()),
        under_way=asdict(findings.undecided),
        late_ms=quantiles(findings.lateness),
        overtaken=len(findings.overtaken),
        first_overtaken=findings.overtaken[:MOST_NAMED],
    )


def quantiles(tenths: Counter[int]) -> dict[str, int]:
    """Returns median, 99th percentile and maximum in milliseconds of what is counted in tenths of a second."""
    total = sum(tenths.values())
    if not total:
        return {}
    found: dict[str, int] = {}
    seen = 0
    for tenth, count in sorted(tenths.items()):
        seen += count
        for name, share in (("p50", 0.5), ("p99", 0.99), ("most", 1.0)):
            if name not in found and seen >= share * total:
                found[name] = tenth * _TENTH_MS
    return found
