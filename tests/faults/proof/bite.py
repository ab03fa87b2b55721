"""What a death found: a transaction that was open, records that were not done with. Seen on the broker alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple

from tests.faults.proof.crew import Lane
from topics.catalogue import (
    ACCOUNT_LOG,
    RELAYED,
    SPINE,
    accounts_changelog,
    intake_positions,
    lifecycle_changelog,
)
from worker.lane.processor import TopicPartition
from worker.ops.verify.changelog import last_positions
from worker.stream.admin import admin
from worker.stream.reader import consumer
from worker.stream.settings import Settings
from worker.stream.spans import Spans

READS = {"intake": RELAYED, "lifecycle": (SPINE,), "accounts": (ACCOUNT_LOG,)}
KEEPS = {
    "intake": intake_positions,
    "lifecycle": lifecycle_changelog,
    "accounts": accounts_changelog,
}


class Bite(NamedTuple):
    """What was left behind: lanes with an open transaction, and records that had come and were not durably done."""

    open_transactions: int
    undone: int


class AsTheyAre(Spans):
    """Logs as they are at this moment: they end where an open transaction begins, and nobody waits for its end."""

    ends = Spans.stable_ends


@asynccontextmanager
async def as_they_are(settings: Settings) -> AsyncIterator[AsTheyAre]:
    """Yields the logs of the installation."""
    async with admin(settings) as asked, AsyncExitStack() as stack:
        yield AsTheyAre(settings, stack, asked)


async def left_behind(settings: Settings, lanes: Collection[Lane], died_ms: int) -> Bite:
    """Returns what dead lanes left behind; nobody may have taken them over yet."""
    kept = [_kept(settings, lane) for lane in lanes]
    async with consumer(settings, isolation="read_uncommitted") as everything:
        written = await everything.end_offsets(kept) if kept else {}
    async with as_they_are(settings) as logs:
        stable = await logs.ends(kept) if kept else {}
        undone = 0
        for processor, partition in lanes:
            done = await last_positions(logs, _kept(settings, (processor, partition)))
            read = [TopicPartition(topic.name, partition) for topic in READS[processor]]
            ends = await logs.offsets_at(read, died_ms)
            undone += sum(max(end - done.get(place.topic, 0), 0) for place, end in ends.items())
    return Bite(sum(stable[place] < written[place] for place in kept), undone)


async def progress(settings: Settings, lanes: Collection[Lane]) -> int:
    """Returns how far the lanes that keep state have come, all together, as their changelogs say."""
    async with as_they_are(settings) as logs:
        found = [
            await last_positions(logs, _kept(settings, lane))
            for lane in lanes
            if lane[0] == "lifecycle"
        ]
    return sum(sum(one.values()) for one in found)


def _kept(settings: Settings, lane: Lane) -> TopicPartition:
    processor, partition = lane
    return TopicPartition(KEEPS[processor](settings.application_id).name, partition)
