"""C6, who notices when workers come and go: `python -m tests.faults.rebalance_run`.

Two posts at work under steady traffic, one in one process and one in a process for each processor, and a guest: it
joins, ends, dies; a post dies and is taken again under its name. Measured on the logs alone: for each lane the longest
time between two of its records around that, of the leads by its changelog, of intake by the origins on the spine. Kept
lanes have the same process before and after. Red if a limit of what is promised is passed by more than the silence
there is when nothing happens, or if the judge names anything. LEAD_ROUTER_PARTITIONS=64 shows how many are dealt.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from schemas import spine
from tests.faults.proof.acts import kill, say
from tests.faults.proof.campaign import Campaign, Traffic
from tests.faults.proof.conduct import conducted
from tests.faults.proof.crew import TOGETHER, Lane
from tests.faults.proof.plan import Act
from tests.faults.proof.verdict import judged
from topics.catalogue import SPINE, lifecycle_changelog
from worker.lane.clock import wall_ms
from worker.lane.processor import Record
from worker.stream.reader import consumer, read_since

STEADY = Traffic(history=300, live=2_000, per_second=200, lasting=True)
BEFORE_SECONDS, AFTER_SECONDS = 2.0, 14.0
"""How long around an act is looked at: longer than a session and what follows it."""
KEPT_SECONDS, NAMED_SECONDS, SESSION_SECONDS = 0.5, 3.0, 8.0
"""How long, as is promised, kept lanes pause; those of a post that is taken again; those of the dead."""
MEASURED = ("intake", "lifecycle")


class Disturbance(NamedTuple):
    """What is done, and how long lanes that move may be silent (seconds)."""

    name: str
    act: Callable[[Campaign], Awaitable[None]]
    moved_seconds: float


async def _nothing(_campaign: Campaign) -> None:
    """Leaves everything as it is."""


async def _join(campaign: Campaign) -> None:
    campaign.guest.hire(TOGETHER)


async def _end(campaign: Campaign) -> None:
    await asyncio.to_thread(campaign.guest.end)


async def _die(campaign: Campaign) -> None:
    campaign.guest.kill()


def _retaken(number: int) -> Callable[[Campaign], Awaitable[None]]:
    async def retake(campaign: Campaign) -> None:
        await kill(campaign, campaign.posts[number], Act("kill", number, 0))

    return retake


DISTURBANCES = (
    Disturbance("nothing happens", _nothing, 0.0),
    Disturbance("one joins", _join, NAMED_SECONDS),
    Disturbance("it ends in order", _end, NAMED_SECONDS),
    Disturbance("one joins again", _join, NAMED_SECONDS),
    Disturbance("it is killed", _die, SESSION_SECONDS),
    Disturbance("a post dies, and is taken again", _retaken(0), NAMED_SECONDS),
    Disturbance("a post of three processes does", _retaken(1), NAMED_SECONDS),
)


class Seen(NamedTuple):
    """The longest silence (seconds) of lanes that stayed and of those that moved, and the shares afterwards."""

    disturbance: Disturbance
    kept: Mapping[str, float]
    moved: Mapping[str, float]
    shares: list[int]

    def amiss(self, natural: Mapping[str, float]) -> list[str]:
        """Returns what took longer than is promised, and than it does when nothing happens."""
        late = [(one, "kept", KEPT_SECONDS, self.kept[one]) for one in self.kept]
        late += [
            (one, "moved", self.disturbance.moved_seconds, self.moved[one]) for one in self.moved
        ]
        return [
            f"{self.disturbance.name}: {name} lanes of {processor} were silent for {found:.2f} s, {most} s at most"
            for processor, name, most, found in late
            if found > most + natural[processor]
        ]

    def __str__(self) -> str:
        told = [
            f"{processor} {name} {seconds:.2f} s"
            for name, found in (("kept", self.kept), ("moved", self.moved))
            for processor, seconds in found.items()
        ]
        return f"{self.disturbance.name:34} {', '.join(told)}; leads spread {self.shares}"


async def measured(campaign: Campaign) -> list[Seen]:
    """Does one after the other, and returns what was seen of each."""
    seen = []
    for disturbance in DISTURBANCES:
        await asyncio.sleep(AFTER_SECONDS)
        owners, began = campaign.owners(), wall_ms()
        await asyncio.sleep(BEFORE_SECONDS)
        await disturbance.act(campaign)
        await asyncio.sleep(AFTER_SECONDS)
        after, until = campaign.owners(), wall_ms()
        silences = await _silences(campaign, began, until)
        kept = {lane for lane in after if owners.get(lane) == after[lane]}
        seen.append(
            Seen(
                disturbance,
                _longest(silences, kept),
                _longest(silences, silences.keys() - kept),
                _shares(after),
            )
        )
        say(str(seen[-1]))
    return seen


def _shares(owners: Mapping[Lane, int]) -> list[int]:
    keepers = [pid for lane, pid in owners.items() if lane[0] == "lifecycle"]
    return sorted(keepers.count(pid) for pid in set(keepers))


def _longest(silences: Mapping[Lane, float], lanes: Iterable[Lane]) -> dict[str, float]:
    found = [(lane[0], silences[lane]) for lane in lanes if lane in silences]
    return {
        name: max(seconds for one, seconds in found if one == name)
        for name in MEASURED
        if any(one == name for one, _ in found)
    }


async def _silences(campaign: Campaign, since_ms: int, until_ms: int) -> dict[Lane, float]:
    """Returns the longest time without a record of each lane."""
    times: dict[Lane, list[int]] = {}
    changelog = lifecycle_changelog(campaign.settings.application_id).name
    async for record in _records(campaign, changelog, since_ms):
        times.setdefault(("lifecycle", record.partition), []).append(record.timestamp_ms)
    async for record in _records(campaign, SPINE.name, since_ms):
        origin = getattr(spine.decode(record.value or b""), "came_from", None)
        if origin is not None:
            times.setdefault(("intake", origin.partition), []).append(record.timestamp_ms)
    return {lane: _silence([since_ms, *found, until_ms]) for lane, found in times.items()}


def _silence(times: list[int]) -> float:
    return max(after - before for before, after in pairwise(sorted(times))) / 1000


async def _records(campaign: Campaign, topic: str, since_ms: int) -> AsyncIterator[Record]:
    async with consumer(campaign.settings) as client:
        for partition in range(campaign.settings.partitions):
            async for record in read_since(client, topic, partition, since_ms):
                yield record


async def course(campaign: Campaign) -> list[str]:
    """Measures, has the logs judged, and returns what is wrong."""
    seen = await measured(campaign)
    await campaign.heal()
    report = await judged(campaign.settings)
    wrong = [complaint for one in seen[1:] for complaint in one.amiss(seen[0].kept)]
    return wrong if report["verdict"] == "PASS" else [*wrong, f"judged {report['verdict']}"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix=f"rebalance-{asked.seed}-"))
    wrong = conducted(course, asked.seed, folder, STEADY, compacting=False)
    for complaint in wrong:
        say(complaint)
    say(f"{len(DISTURBANCES)} disturbances, {len(wrong)} things wrong, logs in {folder}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
