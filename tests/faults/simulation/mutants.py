"""Workers and clusters with one defect each, and what it may be called.

The judge, which reads logs, has to name those of the first table. Of what the others break logs show nothing.
Most defects are parts put in the place of good ones when a worker is made; some have to be put where the lane makes its
own parts, for as long as a life goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from tests.faults import defects
from tests.faults.simulation import spoilt
from tests.faults.simulation.life import outcome_of
from tests.faults.simulation.outcome import Outcome
from tests.faults.simulation.workers import Parts
from tests.faults.simulation.world import Broker
from worker.lane import engine, lane, opening, rounds, table

TWICE = frozenset({"duplicate-effect", "divergent-duplicate", "double-deadline"})
GONE = frozenset({"lost", "torn"})
STALE = frozenset({"stale-state"})
NEVER = frozenset({"late-deadline"})
PHANTOM = frozenset({"phantom"})
ZOMBIES = ("freeze", "catch", "cut")
GOES_ON = 150.0
"""Seconds until logs show that a deadline was overlooked: others that were set a minute later are let go, twice."""


@dataclass(frozen=True)
class Mutant:
    """What is put in the place of what, and the names of which one has to be found."""

    names: frozenset[str]
    parts: Parts = field(default_factory=Parts)
    broker: type[Broker] = Broker
    within: tuple[ModuleType, str, Any] | None = None
    occasion: tuple[str, ...] = ()
    """The kinds of acts that give it the occasion; none for all."""
    goes_on: float = 0.0
    """For how many seconds others come once everything has healed."""


NAMED: dict[str, Mutant] = {
    "items lost on the way": Mutant(GONE, Parts(intake=spoilt.LosingIntake)),
    "another's origin": Mutant(GONE | PHANTOM, Parts(intake=spoilt.NamelessIntake)),
    "repeats heard": Mutant(TWICE, Parts(lifecycle=spoilt.HearingRepeats), occasion=("relapse",)),
    "leads told twice": Mutant(
        frozenset({"duplicate-effect"}), Parts(accounts=defects.TellingTwice)
    ),
    "ids by chance": Mutant(GONE, Parts(lifecycle=defects.WithDice)),
    "an error acknowledged": Mutant(GONE | STALE, Parts(lifecycle=defects.Swallowing)),
    "policy of the process": Mutant(
        TWICE | STALE, Parts(lifecycle=defects.Hurried), occasion=("policy",)
    ),
    "stale writer accepted": Mutant(
        TWICE | STALE | PHANTOM, broker=spoilt.BrokerWithoutFences, occasion=ZOMBIES
    ),
    "aborted is read": Mutant(
        TWICE | STALE | PHANTOM, broker=spoilt.BrokerWithoutAborts, occasion=("storm",)
    ),
    "origins not recovered": Mutant(
        TWICE | STALE, Parts(log=spoilt.WithoutOrigins), occasion=("relapse",)
    ),
    "recovery stops short": Mutant(TWICE | STALE | GONE, Parts(log=spoilt.StoppingShort)),
    "commit before acknowledgement": Mutant(GONE | STALE, Parts(log=spoilt.HastyLog)),
    "a batch after one that was refused": Mutant(
        GONE, Parts(log=spoilt.ImpatientLog), occasion=("storm", "relapse")
    ),
    "outcomes beside the transaction": Mutant(
        TWICE, Parts(log=spoilt.LeakyLog), occasion=("storm",)
    ),
    "deadlines before their time": Mutant(
        frozenset({"early-deadline"}), Parts(gate=spoilt.EarlyGate)
    ),
    "position first": Mutant(
        GONE, within=(opening, "Relay", defects.PositionFirst), occasion=("storm",)
    ),
    "failure dropped": Mutant(
        GONE | STALE, within=(opening, "Transactions", defects.Deaf), occasion=("storm",)
    ),
    "believes a leader of before": Mutant(
        TWICE | STALE | PHANTOM,
        within=(opening, "Transactions", defects.Trusting),
        occasion=("oversleep",),
    ),
    "forgets to abort": Mutant(
        TWICE | STALE, within=(opening, "Transactions", spoilt.Stubborn), occasion=("storm",)
    ),
    "second id first": Mutant(
        TWICE | STALE | PHANTOM,
        within=(opening, "Transactions", spoilt.SecondFirst),
        occasion=("overtake",),
    ),
    "deadlines in memory": Mutant(
        NEVER,
        within=(table, "Deadlines", defects.Forgetful),
        occasion=("desert",),
        goes_on=GOES_ON,
    ),
    "deadlines not taken back": Mutant(
        NEVER,
        within=(table, "Deadlines", spoilt.WithoutPatience),
        occasion=("hush",),
        goes_on=GOES_ON,
    ),
    "origins not kept": Mutant(TWICE | STALE, within=(rounds, "origin_records", spoilt.nothing_of)),
    "position of the group": Mutant(
        TWICE | STALE | GONE | PHANTOM,
        within=(opening, "_positions", spoilt.positions_of_the_group),
        occasion=("kill", "desert"),
    ),
}
"""Those that the judge has to name."""

SEEN: dict[str, Mutant] = {
    "a lane that holds what it has not written": Mutant(
        frozenset({"memory"}), within=(opening, "Table", spoilt.Haunted)
    ),
    "a gate that waits for nobody": Mutant(
        frozenset({"overtaken"}), Parts(gate=spoilt.HastyGate), occasion=("unrelayed",)
    ),
    "a lane that sulks": Mutant(
        NEVER, within=(lane, "Patience", spoilt.Sulking), occasion=("cut", "storm")
    ),
    "a consent that refuses at once": Mutant(
        frozenset({"stopped"}),
        within=(engine, "Consent", spoilt.HastyConsent),
        occasion=("policy",),
    ),
}
"""Those that the simulation has to see, for no log shows them; the judge names nothing.

What a lane holds besides what it has written is nobody's until he comes. When an event came to its input no stamp
tells: that a deadline may have overtaken it is a figure of the judge, and no anomaly. A partition whose lane lies still
for a while looks as in an outage. And who stops for no reason leaves what anybody leaves who was asked to.
"""


@contextmanager
def _in_place(mutant: Mutant) -> Iterator[None]:
    if mutant.within is None:
        yield
        return
    module, name, part = mutant.within
    good = getattr(module, name)
    setattr(module, name, part)
    try:
        yield
    finally:
        setattr(module, name, good)


def hunted(
    mutant: Mutant, seeds: Sequence[int], found_in: Callable[[Outcome], list[tuple[str, str]]]
) -> tuple[int, Outcome] | None:
    """Returns after how many seeds what is expected of a mutant was found there, and that life; None if in none."""
    with _in_place(mutant):
        for count, seed in enumerate(seeds, 1):
            outcome = outcome_of(
                *(seed, mutant.parts, mutant.broker, mutant.occasion), goes_on=mutant.goes_on
            )
            if mutant.names & {name for name, _ in found_in(outcome)}:
                return count, outcome
    return None
