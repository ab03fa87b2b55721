"""All faults, as often as a night allows: `python -m tests.faults.nightly [--seed 1] [--only links_run,nodes_run]`.

One run after the other, whatever the one before came to. Each has a line in the ledger; here it is said which of them
were red, and how long they took, in words on stderr and as one JSON object on stdout. Exit status 1 if any was.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

import orjson

from tests.faults import ledger
from tests.faults.telling import say

TIMES = 20
"""How often workers are killed in each window, at fail points and at the wire."""
AT_ONCE = ("--at-once", "2")
DEADLY = ("--push", "--way", "killed,late", *AT_ONCE)
"""Each window once, its request lost with the worker or late, in turn.

Twelve such experiments took 194 s on a busy machine: 30, twenty times, take 2.7 h. Every window in both ways each time,
45 of them, would take 4 h, which is more than the rest of a night leaves.
"""
LIVES = 100_000
RELEASED = ("111cb34", "959bdc6")
"""Versions that may share the groups with this one; README says what holds for each."""
FUZZED_SECONDS = 300
MINUTES = 120
LONGEST_SECONDS = 4 * 3600
GAVE_UP = 124
"""The exit status of a run that was ended because it took longer, as `timeout` of coreutils has it."""
STORMS = (
    ("--records", "50000", "--rates", "5000", "--rounds", "3", "--most", "2"),
    ("--records", "5000", "--rates", "500", "--rounds", "3", "--most", "2"),
)
"""The good ones may take twice as long as without it, as benchmarks/README.md has it."""
RECOVERY = ("--leads", "1000000", "--rounds", "5", "--most-us", "3", "--most-mb", "600")
JUDGE = ("--leads", "500000", "--later", "5000000", "--most-mib", "500")
"""What may be taken for a million leads, and to judge ten million events of half a million, as benchmarks/README.md has
it."""

JUDGES = ("tests.faults.simulation", "tests.fuzz.fuzz")
"""What is red where a worker as it is has done something wrong, or may have: not what is slow, and no mutant."""

MANY = (("LEAD_ROUTER_PARTITIONS", "64"),)
"""How many are dealt shows how evenly they are."""


class Step(NamedTuple):
    """A module, what it is asked to do, its name if another step has the module's, and settings of its own."""

    module: str
    arguments: tuple[str, ...]
    called: str = ""
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """Returns what it is called on the command line."""
        return self.called or self.module.rpartition(".")[2]


class Came(NamedTuple):
    """What a step came to."""

    step: Step
    status: int
    seconds: float

    def __str__(self) -> str:
        verdict = "ok" if self.status == 0 else f"RED, exit status {self.status}"
        return f"{self.step.name} {' '.join(self.step.arguments)}: {verdict}, {self.seconds:.0f} s"


def steps(seed: int) -> Iterator[Step]:
    """Yields what a night consists of; the next one has the next seed, and shares nothing with it that has a seed."""
    yield Step("tests.faults.proof.hunt", ("--seed", str(seed)))
    numbered = [
        ("--seed", str(number), "--ledger") for number in range(seed * TIMES, (seed + 1) * TIMES)
    ]
    yield from (Step("tests.faults.proof", one) for one in numbered)
    yield from (Step("tests.faults.windows_run", (*DEADLY, *one)) for one in numbered)
    noted = ("--seed", str(seed), "--ledger")
    yield Step("tests.faults.windows_run", ("--way", "reset,lost,slow", *AT_ONCE, *noted))
    for name in ("links_run", "nodes_run", "leaderless_run", "overload_run", "deadlines_run"):
        yield Step(f"tests.faults.{name}", noted)
    yield Step("tests.faults.nodes_run", ("--nodes", "1", *noted))
    for old in RELEASED:
        yield Step("tests.faults.upgrade_run", ("--old", old, *noted))
        yield Step("tests.faults.upgrade_run", ("--old", old, "--nodes", "3", *noted))
    yield Step("tests.faults.proof.soak", ("--minutes", str(MINUTES), *noted))
    yield Step("tests.faults.rebalance_run", noted)
    yield Step("tests.faults.rebalance_run", noted, "rebalance_of_64", MANY)
    yield from (Step("benchmarks.storm", storm) for storm in STORMS)
    yield Step("benchmarks.recovery", RECOVERY)
    yield Step("benchmarks.verify", JUDGE)
    yield Step("tests.fuzz.fuzz", ("--seconds", str(FUZZED_SECONDS)))
    yield Step("tests.faults.simulation", ("--from", str(seed * LIVES), "--seeds", str(LIVES)))


def taken(step: Step) -> Came:
    """Runs a step to its end; its figures go to stderr, where its words are."""
    began = time.monotonic()
    command = [sys.executable, "-m", step.module, *step.arguments]
    try:
        status = subprocess.run(
            command,
            cwd=ledger.ROOT,
            env={**os.environ, **dict(step.settings)},
            check=False,
            stdout=sys.stderr,
            timeout=LONGEST_SECONDS,
        ).returncode
    except subprocess.TimeoutExpired:
        status = GAVE_UP
    return Came(step, status, time.monotonic() - began)


def note(came: Came, seed: int, commit: str) -> None:
    """Adds the line of a step that adds none itself: whether it has shown what it has to is all that is known here."""
    if "--ledger" not in came.step.arguments:
        green = came.status == 0
        judges = came.step.module in JUDGES
        whole = ledger.Came(
            proven=green,
            verdict="PASS" if green else "UNKNOWN",
            anomalies={},
            amiss=() if green or not judges else (f"exit status {came.status}",),
            deaths=0,
            deaths_with_work_left=0,
            judged={},
            faults={},
        )
        arguments = [" ".join(came.step.arguments)]
        ledger.write(
            ledger.run_of(came.step.name, commit, seed, came.seconds, whole, asked=arguments)
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="names, separated by commas")
    asked = parser.parse_args()
    wanted = asked.only.split(",") if asked.only else None
    came, commit = [], ledger.commit()
    for step in steps(asked.seed):
        if wanted is None or step.name in wanted:
            came.append(taken(step))
            say(str(came[-1]))
            note(came[-1], asked.seed, commit)
    for one in came:
        say(str(one))
    red = [one for one in came if one.status]
    say(f"{len(came)} runs, {len(red)} of them red")
    told = [
        {
            "run": one.step.name,
            "arguments": one.step.arguments,
            "status": one.status,
            "seconds": round(one.seconds),
        }
        for one in came
    ]
    sys.stdout.buffer.write(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")
    return 1 if red or not came else 0


if __name__ == "__main__":
    sys.exit(main())
