"""Acts that leave nobody at work for a while, and what comes meanwhile."""

from __future__ import annotations

from functools import partial

from tests.faults.simulation.crew import Crew
from tests.faults.simulation.world import APPLICATION
from topics.catalogue import accounts_changelog, lifecycle_changelog
from worker.lane.memory.partition import Partition
from worker.lifecycle.record import RING_EVENTS
from worker.ops.traffic import live

CHANGELOGS = (lifecycle_changelog(APPLICATION).name, accounts_changelog(APPLICATION).name)
PILED_UP = 20
HEARS_SECONDS = 4.5
"""A node that wakes hears who leads now within a heartbeat or two; before `ask_again_seconds` are over."""


def desert(crew: Crew) -> None:
    """Leaves nobody at work for a while, unless everything has healed meanwhile."""
    _leave(crew, 5, 15)


def _leave(crew: Crew, least_seconds: float, most_seconds: float) -> None:
    for worker in () if crew.healed else crew.running():
        worker.body.die("with everybody")
        crew.later(
            crew.dice.uniform(least_seconds, most_seconds),
            lambda one=worker: crew.fill(one.only, one.instance),  # type: ignore[misc]
        )


def relapse(crew: Crew) -> None:
    """Leaves nobody at work within a second of a rush: what was relayed and applied by then is relayed again.

    A lead knows its last events again, so that there have to be more of them to show that others drop the repeats.
    """
    rush(crew, leads=1, events=RING_EVENTS * 2)
    crew.later(crew.dice.uniform(0.3, 0.9), partial(desert, crew))


def unrelayed(crew: Crew) -> None:
    """Leaves intake alone undone for a while: events of leads known by then pile up while deadlines come due."""
    crew.around.world.produce_again(PILED_UP)
    for worker in crew.running():
        worker.body.die("with everybody")
    crew.hire(("lifecycle", "accounts"))
    crew.later(crew.dice.uniform(5, 20), lambda: crew.fill(("intake",)))


def oversleep(crew: Crew) -> None:
    """Has who leads a changelog be cut off, and later answer for it as of then, when others open its lane."""
    cluster, dice = crew.around.world.cluster, crew.dice
    kept = [place for place in cluster.partitions if place.topic in CHANGELOGS]
    partition = cluster.partitions[dice.choice(kept)]
    crew.later(dice.uniform(1, 8), partial(_wake, crew, partition, partition.stable_end()))


def _wake(crew: Crew, partition: Partition, led: int) -> None:
    if not crew.healed:
        crew.around.tells("broker", "answers as the leader it was")
        partition.as_of = led
        _leave(crew, 0, 1)
        crew.later(crew.dice.uniform(0.5, HEARS_SECONDS), partition.hear)


def rush(crew: Crew, leads: int = 5, events: int = 12) -> None:
    """Lets events of some leads come at once."""
    world, dice = crew.around.world, crew.dice
    world.produce(live(dice.randrange(1000), leads, world.now_ms() - 1000, events, events))
