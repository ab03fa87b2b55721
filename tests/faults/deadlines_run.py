"""E6 by night, deadlines by the ten thousand: `python -m tests.faults.deadlines_run [--leads 200000] [--ledger]`.

Leads arm a deadline or two 90 days ago, with workers whose clock is shifted; nobody is at work when they come due, and
everybody comes back today. Then more come due for two workers whose clocks are 6 s apart, one of whom dies. Then one
joins whose clock is a day ahead, and has to say so and end. Every deadline has to fire once, none before its time by
the clock of whoever fired it, none later than is promised, one by one; and `verify` judges the logs. The report is
words on stderr and one JSON object on stdout.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.faults.closing import carried_out, parser_of
from tests.faults.deadlines.crowd import POLICY
from tests.faults.deadlines.fired import told as told_by_topics
from tests.faults.deadlines.phases import ahead, days_ago, outage, skew
from tests.faults.deadlines.sums import Kept, Seen, kept, told
from tests.faults.proof.campaign import NO_TRAFFIC, Campaign
from tests.faults.proof.conduct import conducted
from tests.faults.proof.verdict import judged

SKEWED = 5_000
"""Deadlines for two workers whose clocks differ: enough to be due before and after the death of one."""


async def course(campaign: Campaign, leads: int) -> Kept:
    """Goes through the three phases, and has the logs judged."""
    returned = await outage(campaign, leads)
    disagreed = await skew(campaign, min(leads, SKEWED))
    seen = Seen(returned, disagreed, await ahead(campaign), await told_by_topics(campaign.settings))
    await campaign.heal()
    return kept(seen, leads, campaign.happened, await judged(campaign.settings))


def main() -> int:
    parser = parser_of(__doc__)
    parser.add_argument("--leads", type=int, default=200_000)
    asked = parser.parse_args()

    def run(folder: Path) -> Kept:
        return conducted(
            lambda campaign: course(campaign, asked.leads),
            asked.seed,
            folder,
            NO_TRAFFIC,
            days_ago(),
            policy=POLICY,
        )

    return carried_out("deadlines", asked, run, told)


if __name__ == "__main__":
    sys.exit(main())
