"""Hunts the mutants, `python -m tests.faults.proof.hunt [NAME ...]`; red if one of them survives.

Each has a short campaign of its own that gives it the occasion. A mutant is caught if what `lead-router verify` names,
reading logs alone, is what is expected of it. Of `none`, the worker as it is, nothing may be named whatever the
occasion.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tests.faults.proof.acts import carry_out
from tests.faults.proof.campaign import Campaign, Traffic
from tests.faults.proof.conduct import conducted
from tests.faults.proof.crew import THE_WORKER
from tests.faults.proof.mutants import DEFECTS
from tests.faults.proof.plan import Act
from tests.faults.proof.verdict import judged
from tests.faults.telling import say
from worker.ops.verify.promptness import CLOCKS_APART_MS, LIES_MS

NORTH, SOUTH = 0.1, 0.9
NONE = "none"
LITTLE = Traffic(history=60, live=100, per_second=50)
DUE_SECONDS = 60.0
"""How long leads stay that nobody follows up, under the hasty policy."""
SHOWN_SECONDS = (CLOCKS_APART_MS + LIES_MS) / 1000 + DUE_SECONDS + 15.0
"""After which a log shows that the leads of the beginning were overlooked: others came later by as much as clocks may
be apart, became due, and were let go, some of them a while after the first; and a little to spare."""


class Prey(NamedTuple):
    """What gives a mutant the occasion, and the names of which the judge has to find one."""

    acts: tuple[Act, ...]
    names: frozenset[str]


def deaths(*places: str) -> tuple[Act, ...]:
    """Returns a death of each post at each of these fail points."""
    return tuple(Act("window", whom, 3.0, place, 2) for place in places for whom in (NORTH, SOUTH))


KILLS = tuple(Act("kill", whom, 3.0) for whom in (NORTH, SOUTH, NORTH, SOUTH))
TWICE = frozenset({"duplicate-effect", "divergent-duplicate", "double-deadline"})
GONE = frozenset({"lost", "torn"})

PREY = {
    "repeats-heard": Prey(deaths("relayed"), frozenset({"stale-state"})),
    "ids-by-chance": Prey(KILLS[:1], GONE),
    "error-acknowledged": Prey(KILLS[:1], GONE),
    "policy-not-on-the-log": Prey((Act("policy", NORTH, 5.0),), frozenset({"divergent-duplicate"})),
    "outcomes-beside-the-transaction": Prey(deaths("acknowledged"), TWICE),
    "position-first": Prey(deaths("position-written"), GONE),
    "stale-writer-accepted": Prey(
        (Act("zombie", NORTH, 3.0), Act("zombie", SOUTH, 3.0)), TWICE | {"phantom"}
    ),
    "failure-dropped": Prey(
        (Act("trouble", NORTH, 3.0), Act("trouble", SOUTH, 3.0)), GONE | {"stale-state"}
    ),
    "deadlines-in-memory": Prey(
        (
            Act("kill", NORTH, 15.0),
            Act("kill", SOUTH, 0.0),
            Act("guest", NORTH, SHOWN_SECONDS),
        ),
        frozenset({"late-deadline"}),
    ),
    "another-lead": Prey(KILLS[:1], frozenset({"misread"})),
    "sound-and-buried": Prey(KILLS[:1], frozenset({"misread"})),
    "another-partition": Prey(KILLS[:1], frozenset({"misplaced"})),
    "without-envelope": Prey(KILLS[:1], frozenset({"altered"})),
    "position-of-the-group": Prey((Act("offsets", NORTH, 5.0),), GONE | {"stale-state"}),
}


async def hunted(campaign: Campaign, acts: tuple[Act, ...]) -> dict[str, Any]:
    """Returns what is said of a worker."""
    await carry_out(acts, campaign)
    await campaign.heal()
    return await judged(campaign.settings)


def sound(seed: int, folder: Path) -> bool:
    """Returns whether nothing is wrong with the worker as it is, on each occasion."""
    verdicts = []
    for number, acts in enumerate(dict.fromkeys(prey.acts for prey in PREY.values())):
        (own := folder / str(number)).mkdir()
        report = conducted(partial(hunted, acts=acts), seed, own, LITTLE, THE_WORKER)
        say(f"{report['verdict']} {report['anomalies']} after {', '.join(map(str, acts))}")
        verdicts.append(report["verdict"])
    return set(verdicts) == {"PASS"}


def hunt(name: str, seed: int, folder: Path) -> bool:
    """Returns whether a mutant is caught."""
    began = time.monotonic()
    module = ("tests.faults.proof.mutants", name)
    prey = PREY[name]
    report = conducted(partial(hunted, acts=prey.acts), seed, folder, LITTLE, module)
    named = set(report["anomalies"])
    caught = bool(named & prey.names)
    word = "caught" if caught else "SURVIVED"
    say(f"{word}: {name}, named {sorted(named)}, {time.monotonic() - began:.0f} s")
    return caught


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    known = [*DEFECTS, NONE]
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"all, or some of {', '.join(known)}"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the traffic")
    asked = parser.parse_args()
    names = asked.names or known
    if unknown := set(names) - set(known):
        parser.error(f"no such mutant: {', '.join(sorted(unknown))}")
    folder = Path(tempfile.mkdtemp(prefix="hunt-"))
    say(f"logs in {folder}")
    found = {}
    for name in names:
        (folder / name).mkdir()
        if name == NONE:
            found[name] = sound(asked.seed, folder / name)
        else:
            found[name] = hunt(name, asked.seed, folder / name)
    say(f"{sum(found.values())} of {len(found)} as expected")
    return 0 if all(found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
