"""Whether changelogs have the partitions they were made for: asked before any processor of a process writes."""

from __future__ import annotations

from collections.abc import Mapping

from topics.catalogue import accounts_changelog, lifecycle_changelog
from worker.lane.birth import check_made_for
from worker.lane.kafka.log import KafkaLog
from worker.stream.connection import connection, reaching
from worker.stream.settings import Settings


async def check_births(settings: Settings, partitions: Mapping[str, int]) -> None:
    """Raises `TopicsDoNotFit` where partitions were added to what holds state; `partitions` are the counts now."""
    async with reaching(settings):
        log = KafkaLog(connection(settings), settings.limits)
        try:
            for changelog in (lifecycle_changelog, accounts_changelog):
                name = changelog(settings.application_id).name
                await check_made_for(log, name, partitions[name])
        finally:
            await log.close()
