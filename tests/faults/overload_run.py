"""E10, more than workers can or may: `python -m tests.faults.overload_run [--seed N] [--only quota,burst] [--ledger]`.

Three situations, each on a broker of its own, with workers as an operator runs them and a death in the middle: they
write more than a quota of 50 KB a second, to which the broker holds each connection by itself, so that all together get
more than that through; a burst comes that is beyond what they can; half of all there is comes of one lead. Red if the
judge names anything, if lag, memory, records or other partitions go beyond what is stated beside each, or if a
situation did not bite. The report is words on stderr and one JSON object on stdout.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from tests.faults.closing import carried_out, parser_of
from tests.faults.healing import all_done
from tests.faults.overload.burst import USUAL, burst
from tests.faults.overload.hot_lead import PER_SECOND, RECORD_BYTES, hot_lead
from tests.faults.overload.quota import quota
from tests.faults.overload.sums import LARGEST, Found, Overloaded, Situation, overloaded, situation
from tests.faults.proof.campaign import PATIENCE_SECONDS, Campaign, Traffic
from tests.faults.proof.conduct import conducted
from tests.faults.proof.verdict import judged
from tests.faults.telling import say


class Planned(NamedTuple):
    """What happens, and under which traffic."""

    course: Callable[[Campaign], Awaitable[Found]]
    traffic: Traffic


SITUATIONS = {
    "quota": Planned(quota, Traffic(history=300, live=2_000, per_second=200, lasting=True)),
    "burst": Planned(burst, Traffic(history=300, live=2_000, per_second=USUAL, lasting=True)),
    "hot-lead": Planned(
        hot_lead, Traffic(history=300, live=2_000, per_second=PER_SECOND, lasting=True)
    ),
}


async def gone_through(campaign: Campaign, name: str) -> Situation:
    """Brings a situation about once history is worked off, and has the logs judged."""
    await all_done(campaign.settings, PATIENCE_SECONDS)
    found = await SITUATIONS[name].course(campaign)
    report = await judged(campaign.settings)
    if "judged" in report:
        found.expect("bytes of the largest record", report["judged"][LARGEST], most=RECORD_BYTES)
    return situation(name, found, campaign.happened, report)


def told(report: Overloaded) -> Iterator[str]:
    """Yields a report in words."""
    for one in report.situations:
        yield f"{one.name}: {one.verdict}, {one.deaths} deaths, {one.judged.get('items', 0)} items"
        yield from (f"  {name}: {figure:g}" for name, figure in one.figures.items())
        yield from (f"  anomaly: {count} {name}" for name, count in one.anomalies.items())
        yield from (f"  {where}" for where in one.first)
        yield from (f"  amiss: {what}" for what in one.amiss)
        yield from (f"  lacking: {what}" for what in one.lacking)
    yield f"{'PROVEN' if report.proven else 'NOT PROVEN'}: {report.verdict}"


def main() -> int:
    parser = parser_of(__doc__)
    parser.add_argument("--only", help="names, separated by commas", default=",".join(SITUATIONS))
    asked = parser.parse_args()

    def run(folder: Path) -> Overloaded:
        names = asked.only.split(",")
        return overloaded([_conducted(name, asked.seed, folder / name) for name in names])

    return carried_out("overload", asked, run, told)


def _conducted(name: str, seed: int, folder: Path) -> Situation:
    say(f"{time.strftime('%H:%M:%S')} {name}")
    folder.mkdir()
    return conducted(
        lambda campaign: gone_through(campaign, name), seed, folder, SITUATIONS[name].traffic
    )


if __name__ == "__main__":
    sys.exit(main())
