"""What the oracle finds wrong on a cluster, in words: the one place that knows which oracle that is."""

from __future__ import annotations

import asyncio
from pathlib import Path

from worker.ops.demo.judging import judged, line_of
from worker.ops.demo.logs import read_back
from worker.stream.settings import Settings


async def anomalies(settings: Settings, keep: Path) -> list[str]:
    """Returns what is wrong with what the topics hold; to find nothing because there is nothing is wrong, too.

    If anything is wrong, the spine and the outcomes are kept in that file: the cluster is gone when it is looked at.
    """
    logs = await read_back(settings)
    verdict = await asyncio.to_thread(judged, logs, settings.policy)
    wrong = [f"{one.name}: {one.where}" for one in verdict.anomalies]
    wrong = wrong or ([] if verdict.agrees else ["vacuous: no item, or no outcome"])
    if wrong:
        await asyncio.to_thread(
            keep.write_bytes, b"".join(map(line_of, [*logs.spine, *logs.outcomes]))
        )
    return wrong
