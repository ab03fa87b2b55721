"""What `lead-router verify` finds wrong on a cluster, in words."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson

from worker.ops.demo.logs import read_back
from worker.ops.replay import spine_line
from worker.ops.verify.report import Report
from worker.ops.verify.showing import verified
from worker.stream.settings import Settings

LEFT_SHARE = 0.01
"""Deadlines go on coming due while the judge reads."""


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
    """Returns what is wrong, in words; to find nothing because there is nothing is wrong, too.

    The workers were killed before the judge read: how far intake had come in its last second is written down nowhere.
    """
    if report.verdict == "PASS":
        under_way = {what: count for what, count in report.under_way.items() if what != "inputs"}
        left = left_under_way(report.judged.get("items", 0), under_way)
        return [*left, *(f"overtaken: {where}" for where in report.first_overtaken)]
    return [f"{name}: {where}" for name, where in report.first] or report.unknown


def left_under_way(judged: int, under_way: Mapping[str, int]) -> Iterator[str]:
    """Yields what was too much to be under way, and therefore not judged, after everything had healed.

    `judged` is how many items were.
    """
    for what, count in under_way.items():
        if count > judged * LEFT_SHARE:
            yield f"{count} {what} were under way after everything had healed, {judged} items judged"
