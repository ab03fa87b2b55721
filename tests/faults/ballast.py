"""What makes a group's coordinator take seconds to load: a million offsets of another group in the same partition."""

from __future__ import annotations

import asyncio

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import for_code
from aiokafka.protocol.commit import OffsetCommitRequest

from topics.catalogue import SPINE
from worker.stream.admin import admin, partition_counts
from worker.stream.settings import Settings

COORDINATED = "__consumer_offsets"
OFFSETS = 2_000
"""In one commit: a broker writes it as one batch, of 1 MB at most."""
COMMITS = 500
UNDER_WAY = 5
NO_GENERATION, NO_RETENTION = -1, -1
_SIGN = 1 << 31


async def laden(settings: Settings, group: str, coordinator: int) -> None:
    """Fills the partition that a group is coordinated from; the group itself hears nothing of it."""
    async with admin(settings) as asked:
        partitions = (await partition_counts(asked, [COORDINATED]))[COORDINATED]
    offsets = [(0, number, "ballast") for number in range(OFFSETS)]
    commit = OffsetCommitRequest(
        beside(group, partitions), NO_GENERATION, "", NO_RETENTION, [(SPINE.name, offsets)]
    )
    client = AIOKafkaClient(bootstrap_servers=settings.bootstrap)
    try:
        await client.bootstrap()
        for _ in range(COMMITS // UNDER_WAY):
            sent = [client.send(coordinator, commit) for _ in range(UNDER_WAY)]
            for answer in await asyncio.gather(*sent):
                _check(answer.topics)
    finally:
        await client.close()


def _check(topics: list[tuple[str, list[tuple[int, int]]]]) -> None:
    for _, partitions in topics:
        for _, error in partitions:
            if error:
                raise for_code(error)


def beside(group: str, partitions: int) -> str:
    """Returns the name of a group that lives in the same of so many partitions."""
    number, here = 0, partition_of(group, partitions)
    while partition_of(f"ballast-{number}", partitions) != here:
        number += 1
    return f"ballast-{number}"


def partition_of(group: str, partitions: int) -> int:
    """Returns the partition of a group, of so many: the hash that Java has for text, without its sign."""
    found = 0
    for letter in group:
        found = (31 * found + ord(letter)) % (2 * _SIGN)
    signed = found - 2 * _SIGN if found >= _SIGN else found
    return abs(signed) % partitions
