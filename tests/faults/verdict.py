"""What `lead-router verify` finds wrong on a cluster, in words."""

from __future__ import annotations

import asyncio
from pathlib import Path

import orjson

from worker.ops.demo.logs import read_back
from worker.ops.replay import spine_line
from worker.ops.verify.report import Report
from worker.ops.verify.showing import verified
from worker.stream.settings import Settings


async def held_against(settings: Settings, keep: Path) -> Report:
    """Returns what the judge finds in what the topics hold.

    If anything is wrong, the report and the spine are kept in that file: the cluster is gone when it is looked at.
    """
    report = await verified(settings)
    if report.verdict == "PASS":
        return report
    logs = await read_back(settings)
    told = b"\n".join([orjson.dumps(report.as_data()), *map(spine_line, logs.spine)])
    await asyncio.to_thread(keep.write_bytes, told)
    return report


def wrong_in(report: Report) -> list[str]:
    """Returns what is wrong, in words; to find nothing because there is nothing is wrong, too."""
    overtaken = [f"overtaken: {where}" for where in report.first_overtaken]
    if report.verdict == "PASS":
        return overtaken
    return [f"{name}: {where}" for name, where in report.first] or report.unknown
