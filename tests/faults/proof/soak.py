"""E13, long load with a death each minute: `python -m tests.faults.proof.soak --minutes 120`.

1,000 events a second, of the same leads all the time. Red if the judge names anything, if workers fall behind for good,
if deadlines come late, or if their memory grows by more than the leads take. The report is one JSON object on stdout.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from tests.faults import ledger
from tests.faults.proof.acts import kill, say
from tests.faults.proof.campaign import DONE_SECONDS, Campaign, Happened, Traffic
from tests.faults.proof.conduct import conducted
from tests.faults.proof.plan import Act
from tests.faults.proof.verdict import HEAL_SECONDS, judged, left_undone
from worker.stream.lag import lag_reader

BUSY = Traffic(history=2_000, live=20_000, per_second=1_000, lasting=True)
EVERY_SECONDS = 60.0
LATE_MS = {"p50": 2_000, "p99": 18_000}
"""Of deadlines: most see no death, the others wait at most for a session to end, the next worker, and ten seconds."""
LEADS_GROWTH_MB = 200
"""What 21,000 leads and their index take, several times over."""


@dataclass(frozen=True)
class Minute:
    """What was seen before a death: how far behind the slowest was, and the largest process."""

    behind_seconds: float
    resident_mb: int


@dataclass(frozen=True)
class Soaked:
    """What it came to; `proven` if nothing was wrong."""

    proven: bool
    verdict: str
    amiss: tuple[str, ...]
    anomalies: Mapping[str, int]
    first: tuple[Any, ...]
    deaths: int
    deaths_in_a_transaction: int
    deaths_with_work_left: int
    undone: int
    healed_seconds: float
    judged: Mapping[str, int]
    faults: Mapping[str, tuple[int, int]]
    late_ms: Mapping[str, int]
    minutes: tuple[Minute, ...]


async def soak(campaign: Campaign, minutes: int) -> Soaked:
    """Kills a worker a minute, the posts in turn, and has the logs judged when everything has healed."""
    began, seen = time.monotonic(), []
    for number in range(minutes):
        await asyncio.sleep(began + (number + 1) * EVERY_SECONDS - time.monotonic())
        post = campaign.posts[number % len(campaign.posts)]
        largest = max(hand.resident_mb() for hand in post.hands)
        seen.append(Minute(await _behind(campaign), largest))
        say(f"minute {number + 1}: {seen[-1]}")
        await kill(campaign, post, Act("kill", 0, 0))
    await campaign.heal()
    return soaked(campaign.happened, seen, await judged(campaign.settings))


async def _behind(campaign: Campaign) -> float:
    async with lag_reader(campaign.settings) as reader:
        return max(lag.seconds for lag in await reader.read())


def soaked(happened: Happened, seen: list[Minute], report: dict[str, Any]) -> Soaked:
    """Sums up a run that was judged."""
    third = len(seen) // 3
    amiss = [*left_undone(report)]
    if happened.healed_seconds > HEAL_SECONDS:
        amiss.append(f"lag was left for {happened.healed_seconds:.0f} s after the last death")
    if all(minute.behind_seconds > DONE_SECONDS for minute in seen[-third:]):
        amiss.append("workers had not caught up before any of the last deaths")
    for name, ms in report.get("late_ms", {}).items():
        if ms > LATE_MS.get(name, ms):
            amiss.append(f"deadlines were {ms / 1000:.1f} s late ({name})")
    grown = _largest(seen[-third:]) - _largest(seen[:third])
    if grown > LEADS_GROWTH_MB:
        amiss.append(f"processes have grown by {grown} MB")
    return Soaked(
        proven=report["verdict"] == "PASS" and not amiss,
        verdict=report["verdict"],
        amiss=tuple(amiss),
        anomalies=report["anomalies"],
        first=tuple(report["first"]),
        deaths=len(seen),
        deaths_in_a_transaction=sum(bite.open_transactions > 0 for bite in happened.bites),
        deaths_with_work_left=sum(bite.undone > 0 for bite in happened.bites),
        undone=sum(bite.undone for bite in happened.bites),
        healed_seconds=round(happened.healed_seconds, 1),
        judged=report.get("judged", {}),
        faults={"a worker killed at random": (len(seen), happened.bitten["kill"])},
        late_ms=report.get("late_ms", {}),
        minutes=tuple(seen),
    )


def _largest(seen: list[Minute]) -> int:
    return max(minute.resident_mb for minute in seen)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=120, help="at least 3")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--ledger", action="store_true", help="add a line to the ledger of all runs"
    )
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix=f"soak-{asked.seed}-"))
    say(f"seed {asked.seed}, {asked.minutes} minutes, logs in {folder}")
    report = conducted(lambda campaign: soak(campaign, asked.minutes), asked.seed, folder, BUSY)
    sys.stdout.buffer.write(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")
    say(f"{report.verdict}, {report.deaths} deaths, {report.judged}; {'; '.join(report.amiss)}")
    if asked.ledger:
        ledger.write(ledger.run_of("soak", asked.seed, asked.minutes * EVERY_SECONDS, report))
    return 0 if report.proven else 1


if __name__ == "__main__":
    sys.exit(main())
