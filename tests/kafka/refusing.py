"""A worker that has lived, and one that refuses to go on from there."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.kafka.worker_process import Worker, form, outcomes, produce, running
from topics.catalogue import OUTCOMES, accounts_changelog, lifecycle_changelog
from worker.lane.processor import Record
from worker.stream.reader import read_topic
from worker.stream.settings import Settings

LOOKS_OFTEN = {"LEAD_ROUTER_LIMITS__STALL_SECONDS": "0.5"}
FIRST_LETTER = b" "
"""Keys below it are what a lane or a processor keeps for itself."""


async def held(settings: Settings, topic: str) -> list[Record]:
    return [record async for record in read_topic(settings, topic)]


async def has_decided(worker: Worker, lead_id: str = "anna") -> None:
    await worker.ready()
    await produce(worker.settings, "form-submission", lead_id, form(lead_id))
    await outcomes(worker.settings, "status-change", lead_id, 1)


async def lived(settings: Settings, log: Path) -> None:
    """Lets a worker decide something, and ends it in order."""
    with running(Worker(settings, log)) as worker:
        await has_decided(worker)
        assert worker.ended(with_signal=signal.SIGTERM) == 0, worker.told()


async def decided(settings: Settings) -> list[Record]:
    """Returns all that says what was decided: outcomes, and what is kept of leads and accounts."""
    application = settings.application_id
    changelogs = lifecycle_changelog(application), accounts_changelog(application)
    topics = [topic.name for topic in (*OUTCOMES, *changelogs)]
    everything = [one for topic in topics for one in await held(settings, topic)]
    return [one for one in everything if (one.key or b"") >= FIRST_LETTER]


async def is_refused(settings: Settings, log: Path, *said: str) -> None:
    """Starts a worker, which says so and ends, and has decided nothing and taken nothing back."""
    before = await decided(settings)
    ends_saying(settings, log, *said)
    assert await decided(settings) == before


def ends_saying(settings: Settings, log: Path, *said: str) -> None:
    with running(Worker(settings, log)) as worker:
        assert worker.ended() == 3, worker.told()
        for words in said:
            assert words in worker.told()
