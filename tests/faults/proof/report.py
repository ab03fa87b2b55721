"""What a run comes to, as data and in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.faults.ledger import Came
from tests.faults.proof.campaign import Happened
from tests.faults.proof.evidence import Evidence
from tests.faults.proof.plan import WINDOWS
from tests.faults.proof.verdict import amiss, lacking, left_undone

FAULTS = {
    "a worker killed at a fail point": ("window",),
    "a worker killed at random": ("kill",),
    "a worker frozen until others had come further": ("freeze", "zombie"),
    "a transaction made to fail": ("trouble",),
    "a worker killed for three, three for one": ("apart", "together"),
    "a worker ended in order, one more, one less": ("end", "guest"),
    "the policy changed between a death and the redelivery": ("policy",),
    "the groups' offsets moved to the end": ("offsets",),
    "nobody at work while deadlines come due": ("outage",),
    "the power of the only broker cut": ("power",),
}
"""The kinds of acts, in words. What a kind was seen to do stands in `Happened.bitten`, or in the topics."""


@dataclass(frozen=True)
class Report(Came):
    """Of a proof."""

    meanwhile: tuple[str, ...]
    """What the judge said while faults went on."""
    first: tuple[Any, ...]
    """The first of each, and where they are."""
    unknown: tuple[str, ...]
    lacking: tuple[str, ...]
    acts: dict[str, int]
    windows: dict[str, int]
    deaths_in_a_transaction: int
    undone: int
    """Records that deaths left to be done again."""
    ended_with: dict[str, int]
    bursts_given_up: int
    healed_seconds: float
    activities: dict[str, int]
    late_ms: dict[str, int]
    messages: dict[str, int]
    refusals: dict[str, int]
    dead_letters: dict[str, int]
    due_in_an_outage: int
    redelivered: int
    """Outcomes of what was redelivered to workers with another policy, under the one of before."""
    failure_rate_below: float | None
    """Three by the number of deaths with work left: what no failure in so many shows with 95 %."""


def report_of(
    happened: Happened,
    evidence: Evidence,
    meanwhile: Sequence[dict[str, Any]],
    after: dict[str, Any],
) -> Report:
    """Sums up a run that was judged, while it went on and afterwards."""
    verdicts = tuple(one["verdict"] for one in meanwhile)
    verdict = "FAIL" if "FAIL" in verdicts else after["verdict"]
    missing = tuple(lacking(happened, evidence, after)) if after["verdict"] != "UNKNOWN" else ()
    wrong = (*amiss(happened, evidence), *left_undone(happened, after))
    costly = happened.deaths_with_work_left
    return Report(
        proven=(verdict, verdicts[-1:]) == ("PASS", ("PASS",)) and not missing and not wrong,
        verdict=verdict,
        meanwhile=verdicts,
        anomalies=dict(sum((Counter(one["anomalies"]) for one in (*meanwhile, after)), Counter())),
        first=tuple(one for report in (*meanwhile, after) for one in report["first"]),
        unknown=tuple(after["unknown"]),
        amiss=wrong,
        lacking=missing,
        acts=dict(happened.done),
        windows={place: happened.bitten[place] for place in WINDOWS},
        deaths=len(happened.bites),
        deaths_in_a_transaction=sum(bite.open_transactions > 0 for bite in happened.bites),
        deaths_with_work_left=costly,
        undone=sum(bite.undone for bite in happened.bites),
        ended_with={str(status): count for status, count in happened.statuses.items()},
        bursts_given_up=happened.bursts_given_up,
        healed_seconds=round(happened.healed_seconds, 1),
        judged=after.get("judged", {}),
        activities=after.get("activities", {}),
        late_ms=after.get("late_ms", {}),
        messages=dict(evidence.messages),
        refusals=dict(evidence.refusals),
        dead_letters=dict(evidence.dead_letters),
        due_in_an_outage=sum(evidence.due_in_outages),
        faults=_faults(happened, evidence),
        redelivered=evidence.redelivered,
        failure_rate_below=round(3 / costly, 3) if costly else None,
    )


def _faults(happened: Happened, evidence: Evidence) -> dict[str, tuple[int, int]]:
    """Returns what was done, for whoever reads of many runs."""
    done, bitten = happened.done, Counter(happened.bitten)
    bitten["window"] = sum(bitten[place] for place in WINDOWS)
    bitten["outage"] = sum(map(bool, evidence.due_in_outages))
    return {
        fault: (sum(done[kind] for kind in kinds), sum(bitten[kind] for kind in kinds))
        for fault, kinds in FAULTS.items()
    }


def told(report: Report) -> Iterator[str]:
    """Yields a report in words."""
    acts = ", ".join(f"{count} {kind}" for kind, count in report.acts.items())
    yield f"acts: {acts}"
    yield (
        f"{report.deaths} deaths, {report.deaths_in_a_transaction} with a transaction open,"
        f" {report.deaths_with_work_left} with work left ({report.undone} records)"
    )
    for place, count in report.windows.items():
        yield f"  {count} at {place} ({WINDOWS[place].of})"
    if report.judged:
        judged = report.judged
        yield (
            f"{judged['items']} items of the inputs, {judged['outcomes']} outcomes, {judged['deadlines']} deadlines"
            f" ({report.due_in_an_outage} due in an outage), {judged['repeats']} repeats dropped"
        )
    yield f"{report.redelivered} outcomes of what was redelivered after the policy changed, under the old one"
    if report.late_ms:
        late = ", ".join(f"{name} {ms / 1000:.1f} s" for name, ms in report.late_ms.items())
        yield f"deadlines came late by: {late}"
    yield f"no lag {report.healed_seconds} s after the last fault"
    yield from (f"anomaly: {count} {name}" for name, count in report.anomalies.items())
    yield from (f"  {one['name']}: {one['where']}" for one in report.first)
    yield from (f"unknown: {why}" for why in report.unknown)
    yield from (f"amiss: {what}" for what in report.amiss)
    yield from (f"lacking: {what}" for what in report.lacking)
    verdicts = f"{report.verdict}, meanwhile {', '.join(report.meanwhile) or 'not judged'}"
    if report.proven:
        bound = f"no failure in {report.deaths_with_work_left} of these: fewer than {report.failure_rate_below} fail"
        yield f"PROVEN: {verdicts}; {bound}, with 95 %"
    else:
        yield f"NOT PROVEN: {verdicts}"
