"""Runs a proof from a terminal; the report is words on stderr and one JSON object on stdout."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson

from tests.faults.proof.campaign import POLICIES, Campaign
from tests.faults.proof.plan import Act, plan_of
from tests.faults.proof.verdict import judged, lacking
from worker.ops.local_broker import own_broker
from worker.stream import admin, logs
from worker.stream.settings import Settings, load

DEATHS = ("kill", "window", "apart", "together", "policy")


def say(line: str) -> None:
    sys.stderr.write(line + "\n")


async def proof(settings: Settings, campaign: Campaign, plan: list[Act]) -> dict[str, Any]:
    """Runs a campaign, has the logs judged while it goes on and afterwards, and returns the report."""
    await admin.create(settings, (await admin.inspected(settings)).missing)
    running = asyncio.create_task(campaign.run(plan))
    half = sum(act.after_seconds for act in plan) / 2
    await asyncio.wait([running], timeout=half)
    meanwhile = await judged(settings)
    await running
    report = await judged(settings)
    deaths = sum(campaign.done[kind] for kind in DEATHS)
    return {
        "verdict": report["verdict"],
        "meanwhile": meanwhile["verdict"],
        "anomalies": [*meanwhile["first"], *report["first"]],
        "unknown": report["unknown"],
        "lacking": list(lacking(campaign, report)) if report["verdict"] != "UNKNOWN" else [],
        "acts": dict(campaign.done),
        "windows": dict(campaign.bitten),
        "ended_with": {str(status): count for status, count in campaign.statuses.items()},
        "healed_seconds": round(campaign.healed_seconds, 1),
        "judged": report.get("judged"),
        "published": report.get("published"),
        "late_ms": report.get("late_ms"),
        "deaths": deaths,
        "failure_rate_below": round(3 / deaths, 3) if deaths else None,
    }


def green(report: dict[str, Any]) -> bool:
    """Returns whether a report proves anything, and nothing wrong."""
    fine = report["verdict"] == "PASS" and report["meanwhile"] != "FAIL"
    return fine and not report["lacking"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--acts", type=int, default=12, help="at random, beside a death a window")
    asked = parser.parse_args()
    os.environ.setdefault("LEAD_ROUTER_BROKER", "java")
    logs.silence()
    folder = Path(tempfile.mkdtemp(prefix=f"proof-{asked.seed}-"))
    plan = plan_of(asked.seed, asked.acts)
    for number, act in enumerate(plan, 1):
        say(f"{number:3} {act}")
    began = time.monotonic()
    with own_broker(say) as broker:
        policy = str(Path(__file__).parent / POLICIES[0])
        settings = load(bootstrap=broker.bootstrap, policy=policy)
        campaign = Campaign(broker, settings, asked.seed, folder)
        try:
            report = asyncio.run(proof(settings, campaign, plan))
        finally:
            campaign.end()
    say(f"seed {asked.seed}, {time.monotonic() - began:.0f} s, logs in {folder}")
    say(f"{'PASS' if green(report) else 'FAIL'}: {report['verdict']}, lacking {report['lacking']}")
    sys.stdout.buffer.write(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")
    return 0 if green(report) else 1


if __name__ == "__main__":
    sys.exit(main())
