"""What a check-up finds, seen by tests, and what is written to be found."""

from __future__ import annotations

from topics.catalogue import lifecycle_changelog, name_of
from worker import presets
from worker.lifecycle.language.plan import Policy
from worker.stream.checkup import findings
from worker.stream.settings import Settings
from worker.stream.writer import producer

ONE = presets.load("inside-sales")


async def found(settings: Settings, policy: Policy = ONE) -> dict[str, list[str]]:
    """Returns what is seen, by the name that it has."""
    seen: dict[str, list[str]] = {}
    async for one in findings(settings, policy):
        seen.setdefault(one.name, []).append(one.seen)
    return seen


async def wrong(settings: Settings, **what: list[str]) -> None:
    """Checks that this is found, and beyond that nothing but that nobody is at work."""
    seen = await found(settings)
    assert len(seen.pop("group")) == 3
    assert seen == what


def leads_of(settings: Settings) -> str:
    return lifecycle_changelog(settings.application_id).name


async def write(
    settings: Settings, topic: str, key: bytes, *values: bytes, at_ms: int | None = None
) -> None:
    """Writes records of one key onto partition 1, as of a time."""
    async with producer(settings) as client:
        for value in values:
            await client.send_and_wait(topic, value, key=key, partition=1, timestamp_ms=at_ms)


async def tell(settings: Settings, application_id: str) -> None:
    """Publishes an outcome of an application."""
    headers = [("ce_source", f"/lead-router/{application_id}".encode())]
    async with producer(settings) as client:
        topic = name_of("status-change")
        await client.send_and_wait(topic, b"{}", key=b"anna", partition=1, headers=headers)
