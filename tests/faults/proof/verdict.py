"""What a run proves: what the judge says, and whether enough happened for that to mean something."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import orjson

from schemas import spine
from schemas.dead_letter import DeadLetterCode
from schemas.refusal import LockCode, RefusalCode
from schemas.spine import AccountAnswered, DeadlineReached, PolicyInForce
from tests.faults.healing import HEAL_SECONDS
from tests.faults.proof.campaign import POLICY, Happened
from tests.faults.proof.evidence import Evidence
from tests.faults.proof.plan import QUOTAS, WINDOWS
from tests.faults.verdict import left_under_way
from topics.catalogue import OUTCOMES, RAW, name_of
from worker.presets import load
from worker.stream.settings import Settings

VERDICTS = ("applied", "duplicate", "refused", "waiting")
FATES = ("relayed", "dead_letters", "ignored")
MESSAGES = (
    *(one.__name__ for one in spine.Told.__args__),
    *(one.__name__ for one in (AccountAnswered, DeadlineReached, PolicyInForce)),
)
"""Every type of message on the spine."""
OURS = "internal.error"
"""Of a door that breaks: no traffic leads to it."""
DEAD_LETTERS = tuple(code for code in get_args(DeadLetterCode) if code != OURS)
REFUSALS = (
    *(code for words in get_args(RefusalCode) for code in get_args(words) if words is not LockCode),
    *(f"lock.{lock.name}" for lock in load(str(POLICY)).locks),
)
"""Every code that there is, the locks' by the policy of the campaign: sample traffic leads to each."""

OF_DEADLINES = (name_of("status-change"), name_of("contactability"))
"""What a deadline may lead to: it moves a lead, or it closes a channel."""

KILLS_SHARE = 3
"""One of so many deaths at random has to leave something to do: most do, under this load."""

BITING = {
    "freeze": "no successor came further before the worker woke",
    "zombie": "no successor came further before the worker woke",
    "trouble": "no lane failed",
    "offsets": "the offsets of no group could be moved on",
    "policy": "nobody died within a transaction of leads before it changed",
    "end": "no lane came to another process",
    "guest": "no lane came or went with it",
    "power": "no worker told of trouble",
}
"""Acts besides the windows that may have been in vain, and what that means."""


async def judged(settings: Settings) -> dict[str, Any]:
    """Returns what `lead-router verify --json` says; UNKNOWN with its words where it cannot."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "worker", "verify", "--json"),
        env={
            **os.environ,
            "LEAD_ROUTER_BOOTSTRAP": settings.bootstrap,
            "LEAD_ROUTER_APPLICATION_ID": settings.application_id,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, trouble = await process.communicate()
    if not told:
        why = trouble.decode(errors="replace")
        return {"verdict": "UNKNOWN", "anomalies": {}, "first": [], "unknown": [why]}
    report: dict[str, Any] = orjson.loads(told)
    return report


def lacking(happened: Happened, evidence: Evidence, report: dict[str, Any]) -> Iterator[str]:
    """Yields what did not happen that had to: a run that lacks anything proves nothing."""
    yield from _acts_in_vain(happened)
    yield from (f"no activity was {one}" for one in VERDICTS if not report["activities"].get(one))
    yield from (f"no items {one}" for one in FATES if not report["items"].get(one))
    judged = report["judged"]
    for counted in ("deadlines", "told_by_accounts", "repeats"):
        if not judged[counted]:
            yield f"no {counted.replace('_', ' ')}"
    if judged["dead_letters"] <= report["items"].get("dead_letters", 0):
        yield "no dead letter was repeated"
    yield from (f"no {one} on the spine" for one in MESSAGES if not evidence.messages[one])
    yield from (f"nothing on {one.name}" for one in RAW if not evidence.bodies[one.name])
    yield from (f"nothing on {one.name}" for one in OUTCOMES if not evidence.outcomes[one.name])
    yield from (
        f"no deadline led to {one}" for one in OF_DEADLINES if not evidence.of_deadlines[one]
    )
    yield from (f"no dead letter {one}" for one in DEAD_LETTERS if not evidence.dead_letters[one])
    yield from (f"no refusal {one}" for one in REFUSALS if not evidence.refusals[one])
    if not evidence.compacted:
        yield "no changelog was compacted"
    if sum(map(bool, evidence.due_in_outages)) < QUOTAS["outage"]:
        yield "no deadline came due in an outage"
    if len(evidence.policies) < 2:
        yield "no outcome under another policy"
    if not evidence.redelivered:
        yield "nothing that was redelivered to workers with another policy led to an outcome under the old one"


def _acts_in_vain(happened: Happened) -> Iterator[str]:
    """Yields the acts that did not bite."""
    for place, window in WINDOWS.items():
        if not happened.bitten[place]:
            yield f"no worker died at {place} ({window.of})"
    for kind, missed in BITING.items():
        if happened.bitten[kind] < QUOTAS[kind]:
            yield f"{kind}: {missed}"
    if happened.bitten["kill"] * KILLS_SHARE < QUOTAS["kill"]:
        yield f"kill: only {happened.bitten['kill']} of {QUOTAS['kill']} left anything to do"
    if not any(bite.open_transactions for bite in happened.bites):
        yield "no death with a transaction open"
    if not any(bite.undone for bite in happened.bites):
        yield "no death with anything left to do"


def left_undone(happened: Happened, report: Mapping[str, Any]) -> Iterator[str]:
    """Yields what no run may leave: workers that ended by themselves, lag, what could not be judged after healing.

    Nobody brings a history in meanwhile, so what a deadline may have overtaken it has.
    """
    yield from (f"a worker ended by itself: {one}" for one in happened.ended)
    if happened.healed_seconds > HEAL_SECONDS:
        yield f"lag was left for {happened.healed_seconds:.0f} s after the last fault"
    yield from left_under_way(report.get("judged", {}).get("items", 0), report.get("under_way", {}))
    yield from (f"overtaken: {where}" for where in report.get("first_overtaken", ()))


def amiss(happened: Happened, evidence: Evidence) -> Iterator[str]:
    """Yields what took too long, and workers that did not end as they were asked to."""
    yield from (f"late-deadline: {where}" for where in evidence.overdue)
    for status, count in happened.statuses.items():
        if status:
            yield f"{count} workers that were asked to end did so with status {status}"
