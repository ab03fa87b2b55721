"""What `lead-router verify` takes: time, CPU time and memory of the command on a history that a worker has worked off.

Whole lives, ten events each, 50,000 leads at a time, and `--later` moments of the same leads after them.

Exit status 1 if it says anything but PASS, or takes more memory than is allowed.

python -m benchmarks.verify --leads 100000 [--later 1000000] [--most-mib 500]
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from benchmarks.rig import fill, fresh_topics, rig, running_worker, say, worked_off
from worker.lane.clock import wall_ms
from worker.ops.traffic import Produced, history, live
from worker.stream.settings import Settings

LOOK_SECONDS = 0.1
MADE_AT_ONCE = 50_000
"""Leads: all their lives are in memory until they are produced."""
LATER_A_SECOND = 1_000
COMMAND = [sys.executable, "-m", "worker", "verify", "--json"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=20_000)
    parser.add_argument("--later", type=int, default=0)
    parser.add_argument("--most-mib", type=float, default=math.inf)
    asked = parser.parse_args()
    with rig() as settings:
        asyncio.run(prepared(settings, asked.leads, asked.later))
        found = measured()
    print(orjson.dumps(found).decode())
    return 0 if found["verdict"] == "PASS" and found["peak_mib"] <= asked.most_mib else 1


async def prepared(settings: Settings, leads: int, later: int) -> None:
    """Puts a history through a worker."""
    await fresh_topics(settings, keep_inputs=False)
    await fill(settings, traffic(leads, later, wall_ms()))
    say("produced")
    async with running_worker(settings) as worker:
        await worked_off(settings, worker)
    say("worked off")


def traffic(leads: int, later: int, now: int) -> Iterator[Produced]:
    """Yields a history that ends now, and moments before the present of the same leads."""
    for seed, first in enumerate(range(0, leads, MADE_AT_ONCE)):
        some = min(MADE_AT_ONCE, leads - first)
        share = later * some // leads
        ends_at = now - share * 1000 // LATER_A_SECOND
        yield from history(seed, some, ends_at)
        yield from live(seed, some, ends_at, share, LATER_A_SECOND)


def measured() -> dict[str, Any]:
    """Runs the command, and returns what it took beside what it judged."""
    began, peak_kib = time.perf_counter(), 0
    with tempfile.TemporaryFile() as told, subprocess.Popen(COMMAND, stdout=told) as child:
        while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            peak_kib = max(peak_kib, high_water_kib(child.pid))
            time.sleep(LOOK_SECONDS)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        told.seek(0)
        report = orjson.loads(told.read())
    judged = report["judged"]
    cpu = used.ru_utime + used.ru_stime
    return {
        "verdict": report["verdict"],
        "anomalies": report["anomalies"],
        "items": judged["items"],
        "messages": judged["messages"],
        "outcomes": judged["outcomes"],
        "records": judged["records"],
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_seconds": round(cpu, 1),
        "cpu_us_an_item": round(cpu / max(judged["items"], 1) * 1_000_000, 1),
        "peak_mib": peak_kib // 1024,
    }


def high_water_kib(pid: int) -> int:
    """The most a process ever had in memory; what the kernel tells at its end would count its parent's, too."""
    told = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+)", told)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    sys.exit(main())
