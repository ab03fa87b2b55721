"""What topics a cluster has, and making those that are missing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from topics.catalogue import Topic, catalogue
from topics.durability import DURABILITY, KAFKAS_OWN, dangers, durability_of, usual_copies
from topics.settings import NO_LIMIT, Difference, Found, config_of, differences
from worker.lane.kafka.questions import kafka_admin
from worker.lane.kafka.rights import REFUSED_TOPIC, counted, not_allowed
from worker.stream.connection import BrokerTrouble, connection, reaching
from worker.stream.settings import Settings


@asynccontextmanager
async def admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    """Yields a connected admin client; raises BrokerTrouble where there is no connecting."""
    async with reaching(settings):
        client = kafka_admin(**connection(settings))
        try:
            await client.start()
            yield client
        finally:
            await client.close()


async def partition_counts(client: AIOKafkaAdminClient, names: Collection[str]) -> dict[str, int]:
    """Returns how many partitions those of the named topics have that exist."""
    counts = counted(await client.describe_topics(list(names)))
    return {name: count for name, count in counts.items() if count}


async def topics_found(settings: Settings, wanted: Collection[Topic]) -> dict[str, Found]:
    """Returns those of the wanted topics that exist, by name."""
    async with admin(settings) as client:
        described = await client.describe_topics([topic.name for topic in wanted])
        counts, copies = counted(described), copied(described)
        resources = [
            ConfigResource(
                ConfigResourceType.TOPIC,
                topic.name,
                dict.fromkeys([*config_of(topic), *DURABILITY]),
            )
            for topic in wanted
            if topic.name in copies
        ]
        answers = await client.describe_configs(resources) if resources else []
        told = [one for answer in answers for one in answer.to_object()["resources"]]
        configs = configured(told)
    return {name: Found(counts[name], configs.get(name, {}), copies[name]) for name in copies}


def copied(described: Collection[Mapping[str, Any]]) -> dict[str, int]:
    """Returns how many copies each topic has that is there: of the partition that has the fewest."""
    return {
        topic["topic"]: min(len(partition["replicas"]) for partition in topic["partitions"])
        for topic in described
        if topic["partitions"]
    }


async def in_danger(settings: Settings) -> list[str]:
    """Returns a sentence for each way in which one of several brokers may take along what was acknowledged."""
    found = await topics_found(settings, catalogue(settings.application_id))
    async with admin(settings) as client:
        described = await client.describe_topics([*KAFKAS_OWN, *found])
        brokers = await _brokers(client, described)
    kafkas = {
        name: Found(0, {}, copies)
        for name, copies in copied(described).items()
        if name in KAFKAS_OWN
    }
    return dangers(found | kafkas, brokers)


def configured(described: Collection[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Returns the configuration of each topic; `NotAllowed` names those whose we may not see."""
    hidden = [one["resource_name"] for one in described if one["error_code"] == REFUSED_TOPIC]
    if hidden:
        raise not_allowed("describe the configuration of", hidden)
    return {
        one["resource_name"]: {
            entry["config_names"]: entry["config_value"] for entry in one["config_entries"]
        }
        for one in described
    }


@dataclass(frozen=True, slots=True)
class Inspection:
    """What of an installation's topics is there, what is missing, and in what they differ from the catalogue."""

    partitions: dict[str, int]
    missing: list[Topic]
    differences: list[Difference]
    kept_ms: dict[str, int]
    """How long each topic keeps what is written, where nothing but age deletes anything of it."""

    @property
    def faults(self) -> list[str]:
        """Returns one sentence for each reason not to start."""
        return [difference.told for difference in self.differences]


async def inspected(settings: Settings) -> Inspection:
    """Returns how the topics of this installation stand."""
    wanted = catalogue(settings.application_id)
    found = await topics_found(settings, wanted)
    return Inspection(
        partitions={name: topic.partitions for name, topic in found.items()},
        missing=[topic for topic in wanted if topic.name not in found],
        differences=differences(wanted, found),
        kept_ms={
            name: int(topic.config["retention.ms"])
            for name, topic in found.items()
            if topic.config.get("retention.bytes") == NO_LIMIT
        },
    )


async def create(settings: Settings, wanted: Collection[Topic]) -> None:
    """Creates these topics; one that somebody else made meanwhile is fine."""
    if not wanted:
        return
    async with admin(settings) as client:
        kafkas = await client.describe_topics(list(KAFKAS_OWN))
        copies = settings.replication_factor or usual_copies(await _brokers(client, kafkas))
        answer = await client.create_topics(
            [_request(settings.partitions, copies, topic) for topic in wanted]
        )
        refused = [name for name, code, _ in answer.topic_errors if code == REFUSED_TOPIC]
        if refused:
            raise not_allowed("create", refused)
    for name, code, message in answer.topic_errors:
        if code not in {0, TopicAlreadyExistsError.errno}:
            raise BrokerTrouble(f"Kafka refuses to create {name}: {message or for_code(code)}")


async def _brokers(client: AIOKafkaAdminClient, described: Collection[Mapping[str, Any]]) -> int:
    """Returns how many brokers there are: those at work, and those that are to have a copy of one of these topics."""
    there = {broker["node_id"] for broker in (await client.describe_cluster())["brokers"]}
    for topic in described:
        there.update(one for partition in topic["partitions"] for one in partition["replicas"])
    return len(there)


def _request(partitions: int, copies: int, topic: Topic) -> NewTopic:
    """Returns what is asked of Kafka for one topic."""
    return NewTopic(
        topic.name, partitions, copies, topic_configs=config_of(topic) | durability_of(copies)
    )
