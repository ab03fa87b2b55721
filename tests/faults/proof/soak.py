"""E13, long load with a death each minute: `python -m tests.faults.proof.soak --minutes 120`.

1,000 events a second, of the same leads all the time. Red if the judge names anything, if workers fall behind for good,
if deadlines come late, or if their memory grows by more than the leads take; and if too little came, no death left
anything to do, or no deadline was there to be late. The report is one JSON object on stdout.
"""

from __future__ import annotations

import asyncio
import sys
import time
from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from schemas import spine
from schemas.spine import DeadlineReached
from tests.faults.closing import carried_out, parser_of
from tests.faults.ledger import Came
from tests.faults.proof.acts import kill
from tests.faults.proof.campaign import Campaign, Happened, Traffic
from tests.faults.proof.conduct import conducted
from tests.faults.proof.plan import Act
from tests.faults.proof.verdict import judged, left_undone
from tests.faults.telling import say
from topics.catalogue import SPINE
from worker.lane.clock import wall_ms
from worker.ops.verify.report import quantiles
from worker.stream.lag import lag_reader
from worker.stream.reader import read_topic
from worker.stream.settings import Settings

BUSY = Traffic(history=2_000, live=20_000, per_second=1_000, lasting=True)
EVERY_SECONDS = 60.0
JUDGED_AFTER = 0.1
"""So early in a run its logs are judged for the first time, while they are short: that takes a core."""
DISTURBED_MS = 18_000
"""How long a death may be felt: until its session is over and the next worker is there, and ten seconds more."""
STEADY_LATE_MS = 2_000
"""What is promised of deadlines that no death disturbs (p99)."""
LEADS_GROWTH_MB = 200
"""What 21,000 leads and their index take, several times over."""
BEHIND_SECONDS = 3.0
"""Under load nobody is further: workers tell how far they are once a second."""
BEHIND_SHARE = 0.1
"""Of the last deaths, before so many workers may have been further behind: the one before may just have been felt."""
LEAST_SHARE = 0.9
"""Of what was to come, so much has to have come: else it was no long load."""

Late: TypeAlias = tuple[Counter[int], Counter[int]]
"""Deadlines by the tenths of a second they were late: those due in peace, those a death may have held up."""


@dataclass(frozen=True)
class Minute:
    """What was seen before a death: how far behind the slowest was, and the largest process."""

    behind_seconds: float
    resident_mb: int


@dataclass(frozen=True)
class Soaked(Came):
    """Of a soak."""

    first: tuple[Any, ...]
    meanwhile: str
    """What the judge said while faults went on."""
    lacking: tuple[str, ...]
    deaths_in_a_transaction: int
    undone: int
    healed_seconds: float
    steady_late_ms: Mapping[str, int]
    """How late deadlines were that no death disturbed: p50, p99, most."""
    disturbed_late_ms: Mapping[str, int]
    minutes: tuple[Minute, ...]


async def soak(campaign: Campaign, minutes: int) -> Soaked:
    """Kills a worker a minute, the posts in turn, and has the logs judged when everything has healed."""
    began, began_ms, seen, died_ms = time.monotonic(), wall_ms(), list[Minute](), list[int]()
    meanwhile = asyncio.create_task(_judged_after(minutes * JUDGED_AFTER, campaign))
    for number in range(minutes):
        await asyncio.sleep(began + (number + 1) * EVERY_SECONDS - time.monotonic())
        post = campaign.posts[number % len(campaign.posts)]
        largest = max(hand.resident_mb() for hand in post.hands)
        seen.append(Minute(await _behind(campaign), largest))
        say(f"minute {number + 1}: {seen[-1]}")
        died_ms.append(wall_ms())
        await kill(campaign, post, Act("kill", 0, 0))
    await campaign.heal()
    late = await lateness(campaign.settings, began_ms, died_ms)
    after = await judged(campaign.settings)
    return soaked(campaign.happened, seen, await meanwhile, after, late)


async def _judged_after(minutes: float, campaign: Campaign) -> dict[str, Any]:
    await asyncio.sleep(minutes * 60)
    return await judged(campaign.settings)


async def lateness(settings: Settings, began_ms: int, died_ms: Sequence[int]) -> Late:
    """Counts how late deadlines came.

    What was due before the run began came from the past, all at once.
    """
    steady, disturbed = Counter[int](), Counter[int]()
    async for record in read_topic(settings, SPINE.name):
        message = spine.decode(record.value or b"")
        if isinstance(message, DeadlineReached) and message.due > began_ms:
            since = message.due - DISTURBED_MS
            calm = bisect(died_ms, since) == bisect(died_ms, record.timestamp_ms)
            (steady if calm else disturbed)[(record.timestamp_ms - message.due) // 100] += 1
    return steady, disturbed


async def _behind(campaign: Campaign) -> float:
    async with lag_reader(campaign.settings) as reader:
        return max(lag.seconds for lag in await reader.read())


def soaked(
    happened: Happened,
    seen: list[Minute],
    meanwhile: Mapping[str, Any],
    report: dict[str, Any],
    late: Late,
) -> Soaked:
    """Sums up a run that was judged, meanwhile and after, of which each death saw a minute."""
    amiss = tuple(_amiss(happened, seen, report, late))
    lacking = tuple(_lacking(happened, seen, report, late))
    anomalies = Counter(report["anomalies"]) | Counter(meanwhile["anomalies"])
    verdict = "FAIL" if meanwhile["verdict"] == "FAIL" else report["verdict"]
    steady, disturbed = (quantiles(tenths) for tenths in late)
    return Soaked(
        proven=meanwhile["verdict"] == verdict == "PASS" and not amiss and not lacking,
        verdict=verdict,
        amiss=amiss,
        lacking=lacking,
        anomalies=anomalies,
        first=(*meanwhile["first"], *report["first"]),
        meanwhile=meanwhile["verdict"],
        deaths=len(seen),
        deaths_in_a_transaction=sum(bite.open_transactions > 0 for bite in happened.bites),
        deaths_with_work_left=happened.deaths_with_work_left,
        undone=sum(bite.undone for bite in happened.bites),
        healed_seconds=round(happened.healed_seconds, 1),
        judged=report.get("judged", {}),
        faults={"a worker killed at random": (len(seen), happened.bitten["kill"])},
        steady_late_ms=steady,
        disturbed_late_ms=disturbed,
        minutes=tuple(seen),
    )


def _amiss(
    happened: Happened, seen: list[Minute], report: dict[str, Any], late: Late
) -> Iterator[str]:
    """Yields what took too long, or too much, and what was left."""
    third = len(seen) // 3
    yield from left_undone(happened, report)
    behind = sum(minute.behind_seconds > BEHIND_SECONDS for minute in seen[-third:])
    if behind > BEHIND_SHARE * third:
        yield f"workers had not caught up before {behind} of the last {third} deaths"
    steady, disturbed = (quantiles(tenths) for tenths in late)
    if (ms := steady.get("p99", 0)) > STEADY_LATE_MS:
        yield f"deadlines that no death disturbed were {ms / 1000:.1f} s late (p99)"
    if (ms := disturbed.get("most", 0)) > DISTURBED_MS:
        yield f"a deadline was {ms / 1000:.1f} s late after a death"
    grown = _largest(seen[-third:]) - _largest(seen[:third])
    if grown > LEADS_GROWTH_MB:
        yield f"processes have grown by {grown} MB"


def _lacking(
    happened: Happened, seen: list[Minute], report: dict[str, Any], late: Late
) -> Iterator[str]:
    """Yields what did not happen that had to: a soak that lacks anything shows nothing."""
    items = report.get("judged", {}).get("items", 0)
    least = int(len(seen) * EVERY_SECONDS * BUSY.per_second * LEAST_SHARE)
    if items < least:
        yield f"only {items} items were judged, {least} at least"
    left = happened.deaths_with_work_left
    if 2 * left < len(seen):
        yield f"only {left} of {len(seen)} deaths left anything to do"
    for which, tenths in zip(("that no death disturbed", "around a death"), late, strict=True):
        if not tenths.total():
            yield f"no deadline {which}"


def _largest(seen: list[Minute]) -> int:
    return max(minute.resident_mb for minute in seen)


def told(report: Soaked) -> Iterator[str]:
    """Yields a report in words."""
    yield f"{report.verdict}, {report.deaths} deaths, {dict(report.judged)}"
    yield from (f"amiss: {what}" for what in report.amiss)
    yield from (f"lacking: {what}" for what in report.lacking)


def main() -> int:
    parser = parser_of(__doc__)
    parser.add_argument("--minutes", type=int, default=120, help="at least 3")
    asked = parser.parse_args()

    def course(folder: Path) -> Soaked:
        return conducted(lambda campaign: soak(campaign, asked.minutes), asked.seed, folder, BUSY)

    return carried_out("soak", asked, course, told)


if __name__ == "__main__":
    sys.exit(main())
