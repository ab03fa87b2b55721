"""How long lanes were silent while workers came, went and died, and what that comes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from tests.faults.ledger import Came
from tests.faults.proof.campaign import Happened
from tests.faults.proof.verdict import left_undone

KEPT_SECONDS = 0.5
"""How long lanes that are kept pause at most, as is promised."""
NAMED_SECONDS = 3.0
"""How long the lanes of a post that is taken again pause at most, as is promised."""
START_SECONDS = 1.0
"""For how long a process that starts keeps a core busy."""
MEASURED = ("intake", "lifecycle")
FEW_LANES = 16
"""Of each processor: times are promised of workers that have no more of them. Of more the traffic is too thin to tell,
and how long they take to open depends on the machine."""


Moment = tuple[int, int]
"""A time (UTC ms) and an offset."""


def named_seconds(processes: int, cores: int) -> float:
    """Returns how long the lanes of a post of so many processes pause: longer where some of them wait for a core."""
    return NAMED_SECONDS + START_SECONDS * max(0, processes - cores)


def longest_gap(times: Sequence[int], since_ms: int, until_ms: int) -> float:
    """Returns the longest time (seconds) in which nothing of these was, from one time to another (UTC ms)."""
    ordered = sorted((since_ms, *times, until_ms))
    return max(after - before for before, after in pairwise(ordered)) / 1000


def longest_wait(came: Iterable[Moment], passed: Iterable[Moment], until_ms: int) -> float:
    """Returns the longest time (seconds) from when something came to an offset until somebody was past that.

    What nobody is past has waited until `until_ms` (UTC ms).
    """
    longest, steps = 0, iter(passed)
    at_ms, up_to = 0, 0
    for came_ms, offset in came:
        while up_to <= offset:
            at_ms, up_to = next(steps, (until_ms, offset + 1))
        longest = max(longest, at_ms - came_ms)
    return longest / 1000


class Seen(NamedTuple):
    """The longest silence (seconds) of lanes that stayed and of those that moved, and the shares afterwards.

    `moved_seconds` is how long those that moved may be silent, 0 where none is to move; shares are in order of size.
    """

    name: str
    moved_seconds: float
    kept: Mapping[str, float]
    moved: Mapping[str, float]
    shares: list[int]

    @property
    def is_of_few(self) -> bool:
        """Returns whether nobody has more lanes than times are promised of."""
        return max(self.shares, default=0) <= FEW_LANES

    def late(self) -> list[str]:
        """Returns what took longer than is promised."""
        late = [(one, "kept", KEPT_SECONDS, self.kept[one]) for one in self.kept]
        late += [(one, "moved", self.moved_seconds, self.moved[one]) for one in self.moved]
        return [
            f"{self.name}: {name} lanes of {processor} were silent for {found:.2f} s, {most} s at most"
            for processor, name, most, found in late
            if self.is_of_few and found > most
        ]

    def uneven(self, partitions: int) -> list[str]:
        """Returns a bad spread."""
        if sum(self.shares) == partitions and self.shares[-1] - self.shares[0] <= 1:
            return []
        return [f"{self.name}: {partitions} lanes of leads are spread {self.shares}"]

    def lacking(self) -> list[str]:
        """Returns what this had to show, and has not."""
        wanted = [("kept", self.kept)]
        if self.moved_seconds:
            wanted.append(("moved", self.moved))
        return [
            f"{self.name}: no lane of {processor} was {name}"
            for name, found in wanted
            for processor in MEASURED
            if processor not in found
        ]

    def __str__(self) -> str:
        told = [
            f"{processor} {name} {seconds:.2f} s"
            for name, found in (("kept", self.kept), ("moved", self.moved))
            for processor, seconds in found.items()
        ]
        return f"{self.name:34} {', '.join(told)}; leads spread {self.shares}"


@dataclass(frozen=True)
class Rebalanced(Came):
    """Of one that measures."""

    lacking: tuple[str, ...]
    silences: tuple[str, ...]
    """What was seen of each disturbance, in words."""


def rebalanced(
    happened: Happened, seen: Sequence[Seen], partitions: int, report: Mapping[str, Any]
) -> Rebalanced:
    """Sums up what was measured and judged; the first is of when nothing happens."""
    natural = seen[0].kept
    late = (complaint for one in seen[1:] for complaint in one.late())
    uneven = (complaint for one in seen for complaint in one.uneven(partitions))
    amiss = (*late, *uneven, *left_undone(happened, report))
    thin = (
        f"{processor}: silent for {seconds:.2f} s when nothing happens"
        for processor, seconds in natural.items()
        if seen[0].is_of_few and seconds > KEPT_SECONDS
    )
    lacking = (*(complaint for one in seen for complaint in one.lacking()), *thin)
    return Rebalanced(
        proven=report["verdict"] == "PASS" and not amiss and not lacking,
        verdict=report["verdict"],
        anomalies=report["anomalies"],
        amiss=amiss,
        deaths=len(happened.bites),
        deaths_with_work_left=happened.deaths_with_work_left,
        judged=report.get("judged", {}),
        faults={f"rebalance: {one.name}": (1, int(not one.lacking())) for one in seen},
        lacking=lacking,
        silences=tuple(map(str, seen)),
    )


def told(report: Rebalanced) -> Iterator[str]:
    """Yields a report in words; what was seen has been told when it was."""
    yield from report.amiss
    yield from (f"lacking: {what}" for what in report.lacking)
    yield f"{report.verdict}, {len(report.silences)} disturbances, {len(report.amiss)} things wrong"
