"""Runs a proof from a terminal; the report is words on stderr and one JSON object on stdout."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.faults.closing import carried_out, parser_of
from tests.faults.proof.acts import carry_out
from tests.faults.proof.campaign import Campaign, Traffic
from tests.faults.proof.conduct import conducted
from tests.faults.proof.evidence import evidence_of
from tests.faults.proof.plan import Act, plan_of
from tests.faults.proof.report import Report, report_of, told
from tests.faults.proof.verdict import judged
from tests.faults.telling import say


async def proof(campaign: Campaign, plan: Sequence[Act]) -> Report:
    """Does what a plan says, has the logs judged while that goes on and afterwards, and returns the report."""
    settings = campaign.settings
    running = asyncio.create_task(carry_out(plan, campaign))
    healing = asyncio.create_task(_healed(running, campaign))
    meanwhile = await _judged_meanwhile(campaign, len(plan) // 2, running)
    await healing
    evidence = await evidence_of(settings, campaign.happened)
    return report_of(campaign.happened, evidence, meanwhile, await judged(settings))


async def _healed(running: asyncio.Task[None], campaign: Campaign) -> None:
    """Lets everything heal as soon as the last fault is over, though the judge may still be reading then."""
    await running
    await campaign.heal()


async def _judged_meanwhile(
    campaign: Campaign, acts: int, running: asyncio.Task[None]
) -> list[dict[str, object]]:
    """Has the logs judged while faults go on, from so many acts on, until the judge can tell or the acts are over."""
    verdicts: list[dict[str, object]] = []
    while not running.done():
        await asyncio.wait([running], timeout=1)
        if campaign.happened.done.total() >= acts and not running.done():
            verdicts.append(await judged(campaign.settings))
            if verdicts[-1]["verdict"] != "UNKNOWN":
                break
    return verdicts


def main() -> int:
    parser = parser_of(__doc__)
    parser.add_argument(
        "--acts", type=int, help="only so many of them, the first; then much is lacking"
    )
    asked = parser.parse_args()
    plan = plan_of(asked.seed)[: asked.acts]
    for number, act in enumerate(plan, 1):
        say(f"{number:3} {act}")

    def course(folder: Path) -> Report:
        return conducted(lambda campaign: proof(campaign, plan), asked.seed, folder, Traffic())

    return carried_out("proof", asked, course, told)


if __name__ == "__main__":
    sys.exit(main())
