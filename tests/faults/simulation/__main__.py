"""Runs the simulation from a terminal: many seeds, a death at every place, a freeze at the first and last of each kind.

Or one of them again, with its trace.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import orjson

from tests.faults.simulation.census import Census
from tests.faults.simulation.deaths import ROLES, Point, died, first_and_last, froze, points_of
from tests.faults.simulation.life import outcome_of
from tests.faults.simulation.outcome import Outcome
from tests.faults.simulation.workers import TOGETHER
from tests.faults.telling import say

T = TypeVar("T")
AT_ONCE = 8
"""Lives that a process is handed in one go."""


def counted(
    live: Callable[[T], Outcome], lives: Sequence[T], census: Census, processes: int
) -> list[tuple[T, Outcome]]:
    """Lives all of them on so many processes, adds them to the census, and returns those with something wrong."""
    wrong = []
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        outcomes: Iterable[Outcome] = pool.imap(live, lives, AT_ONCE)
        for life, outcome in zip(lives, outcomes, strict=True):
            census.add(outcome)
            if outcome.wrong:
                wrong.append((life, outcome))
                say(f"{life}: {outcome.wrong[:3]}")
    return wrong


def replayed(life: str, outcome: Outcome, *, traced: bool) -> int:
    """Says what came of one life that was lived again."""
    for line in outcome.trace if traced else ():
        say(line)
    say(f"{life}, digest {outcome.digest}, lag 0 after {outcome.healed_seconds:.1f} s")
    for name, where in outcome.wrong:
        say(f"{name}: {where}")
    return 1 if outcome.wrong else 0


def told(census: Census, deaths: int, freezes: int, seconds: float) -> bool:
    """Says what it comes to, and returns whether it proves anything."""
    data = census.as_data()
    say(f"acts: {', '.join(f'{count} {kind}' for kind, count in data['acts'].items())}")
    say(f"deaths: {', '.join(f'{n} {place}' for place, n in data['deaths_at'].items())}")
    judged = data["judged"]
    say(
        f"{judged['items']} items, {judged['outcomes']} outcomes, {judged['deadlines']} deadlines, {judged['repeats']}"
        f" repeats dropped, {judged['dead_letters']} dead letters; after the last fault a deadline came within"
        f" {data['latest_deadline_ms']} ms, and lag was 0 within {data['longest_healing_seconds']} s"
    )
    say(
        f"{deaths} of {data['lives']} lives with a death at one place each, {freezes} with a freeze;"
        f" {data['virtual_hours']} hours in {seconds:.0f} s"
    )
    for seed, found in census.wrong:
        say(f"seed {seed}: {found[:3]}")
    for what in data["lacking"]:
        say(f"lacking: {what}")
    proven = not census.wrong and not data["lacking"]
    if proven:
        bound = data["failure_rate_below"]
        say(
            f"PROVEN: no failure in {data['lives']} lives: fewer than {bound} of them fail, with 95 %"
        )
    else:
        say(f"NOT PROVEN: {len(census.wrong)} lives with something wrong")
    return proven


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000, help="how many lives")
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="this seed alone")
    parser.add_argument("--role", default=",".join(TOGETHER), help="of the worker that dies")
    parser.add_argument("--number", type=int, help="the death at the place of this number alone")
    parser.add_argument("--freeze", action="store_true", help="it freezes there, and thaws later")
    parser.add_argument("--trace", action="store_true", help="with everything that happens in it")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    asked = parser.parse_args()
    if asked.seed is not None:
        outcome = outcome_of(asked.seed, traced=asked.trace)
        return replayed(f"seed {asked.seed}", outcome, traced=asked.trace)
    if asked.number is not None:
        point = Point(tuple(asked.role.split(",")), asked.number, "")
        outcome = froze(point) if asked.freeze else died(point)
        return replayed(f"{asked.role}, place {asked.number}", outcome, traced=asked.trace)
    began, census = time.monotonic(), Census()
    counted(outcome_of, range(asked.first, asked.first + asked.seeds), census, asked.processes)
    ways = [points_of(role) for role in ROLES]
    deaths = [point for points in ways for point in points]
    freezes = [point for points in ways for point in first_and_last(points)]
    counted(died, deaths, census, asked.processes)
    counted(froze, freezes, census, asked.processes)
    proven = told(census, len(deaths), len(freezes), time.monotonic() - began)
    if asked.json:
        sys.stdout.buffer.write(orjson.dumps(census.as_data(), option=orjson.OPT_INDENT_2) + b"\n")
    return 0 if proven else 1


if __name__ == "__main__":
    sys.exit(main())
