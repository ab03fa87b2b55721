"""One policy in a group: a lane that holds another than the one loaded replaces it once all members have that one.

So a rolling restart with another policy, in either direction, goes on under the old one until the last of its workers
has gone; a worker that comes or goes meanwhile changes nothing, and no clock is asked. Two deployments that share an
application id never come to that: what is in force stays in force, and those that wait for it to go refuse in the end;
should all workers of the first be away for a moment, the two change parts, once. Whoever has what is in force waits for
nothing and hears nothing of it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from worker.lane.errors import LaneError, PoliciesDiffer
from worker.lane.means import Means
from worker.lane.processor import Succession, TopicPartition
from worker.lane.stage import LaneStage
from worker.lane.table import Table

S = TypeVar("S")


@dataclass(slots=True)
class Successor(Generic[S]):
    """What one open lane says when the group agrees, once for each policy that it finds in force."""

    means: Means[S]
    partition: int
    table: Table
    said_over: str = ""

    def wanted(self) -> Succession | None:
        """Returns what there is to say, None where the loaded policy is in force or has been announced."""
        means, table = self.means, self.table
        stage = LaneStage(means.processor, self.partition, table.values, table.origins)
        found = means.processor.succession(stage)
        return None if found is None or found.over == self.said_over else found

    async def say(self, wanted: Succession) -> None:
        """Writes it onto the lane's own partition of the spine."""
        means = self.means
        if means.processor.spine is not None:
            place = TopicPartition(means.processor.spine, self.partition)
            await means.spine.write(place, [(*wanted.message, ())])
            self.said_over = wanted.over


class Consent(Generic[S]):
    """Looks, while lanes of a processor wait, whether the members of its group have come to agree."""

    def __init__(self, means: Means[S], working: Callable[[], Collection[Successor[S]]]) -> None:
        self._means = means
        self._working = working
        self._since: float | None = None

    async def look(self) -> None:
        """Looks once; what looking again does not mend stops the process, any other failure is told."""
        means = self._means
        try:
            await self._look()
        except LaneError as error:
            means.give_up(error)
        except Exception as error:  # noqa: BLE001 - whatever the broker's trouble is
            means.watch.trouble(means.processor.name, "consent", type(error).__name__)

    async def _look(self) -> None:
        waiting = [(one, wanted) for one in self._working() if (wanted := one.wanted())]
        if not waiting:
            self._since = None
            return
        others = await others_in(self._means)
        if others is None:
            return
        if not others:
            await _all_say(waiting)
            return
        self._wait(waiting[0][0].partition, waiting[0][1].over, others)

    def _wait(self, partition: int, over: str, others: Counter[str]) -> None:
        means, now = self._means, asyncio.get_running_loop().time()
        if self._since is None:
            self._since = now
            means.watch.policy_waits(means.processor.name, partition, over, others.total())
        elif now - self._since > means.limits.policies_differ_seconds:
            raise PoliciesDiffer(
                f"partition {partition} decides under {over}; this worker has {means.processor.policy} and has waited"
                f" {now - self._since:.0f} s, while {_told(means.group, others)}"
            )


async def _all_say(waiting: Iterable[tuple[Successor[S], Succession]]) -> None:
    """Lets each lane say it, also where others cannot; raises what went wrong, first what nothing mends."""
    said = (one.say(wanted) for one, wanted in waiting)
    found = await asyncio.gather(*said, return_exceptions=True)
    errors = [one for one in found if isinstance(one, BaseException)]
    for error in sorted(errors, key=lambda one: not isinstance(one, LaneError)):
        raise error


async def others_in(means: Means[S]) -> Counter[str] | None:
    """Returns how many members of the group have which other policy than this one; None while it is being dealt."""
    found = await means.source.policies()
    if found is None:
        return None
    return Counter(policy for policy in found if policy != means.processor.policy)


async def check_alone(means: Means[S], partition: int) -> None:
    """Raises `PoliciesDiffer` where a lane would begin, under this policy, beside members that say they have another.

    Those that say nothing, being of an older version, are not taken for others: there is nothing here to be replaced.
    """
    if not means.processor.policy:
        return
    others = await others_in(means)
    while others is None:
        others = await _asked_again(means)
    others.pop("", None)
    if others:
        raise PoliciesDiffer(
            f"partition {partition} has no policy yet; this worker has {means.processor.policy}, and"
            f" {_told(means.group, others)}"
        )


async def _asked_again(means: Means[S]) -> Counter[str] | None:
    await asyncio.sleep(means.limits.agree_seconds)
    return await others_in(means)


def _told(group: str, others: Counter[str]) -> str:
    told = " and ".join(
        f"{count} with {policy or 'none that they tell'}"
        for policy, count in sorted(others.items())
    )
    return f"{group} has members {told}: two deployments share an application id, or a roll-out has stopped half-way"
