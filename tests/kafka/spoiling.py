"""What tests do to the topics of an installation of their own."""

from __future__ import annotations

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from tests.kafka.worker_process import seen
from topics.catalogue import Topic
from topics.settings import config_of
from worker.stream import admin
from worker.stream.settings import Settings


async def make(settings: Settings, topics: tuple[Topic, ...]) -> None:
    """Makes topics, and returns once all of them are there."""
    await admin.create(settings, topics)

    async def look() -> bool:
        found = await admin.topics_found(settings, topics)
        return len(found) == len(topics)

    await seen(look)


async def unmake(settings: Settings, names: list[str]) -> None:
    """Deletes topics, and returns once none of them is there."""
    async with admin.admin(settings) as client:
        await client.delete_topics(names)

        async def look() -> bool:
            return not await admin.partition_counts(client, names)

        await seen(look)


async def made_anew(settings: Settings, topic: Topic) -> None:
    await unmake(settings, [topic.name])
    await make(settings, (topic,))


async def configured(settings: Settings, topic: Topic, **other: str) -> None:
    """Gives a topic the configuration of the catalogue, but for something."""
    configs = config_of(topic) | other
    async with admin.admin(settings) as client:
        await client.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, topic.name, configs=configs)]
        )

    async def look() -> bool:
        found = await admin.topics_found(settings, [topic])
        return configs.items() <= dict(found[topic.name].config).items()

    await seen(look)
