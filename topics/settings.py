"""How each topic is to be made, and what is wrong with those that are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from topics.catalogue import (
    ACCOUNT_LOG,
    DEAD_LETTER,
    FOR_EVER,
    RELAYED,
    SPINE,
    Topic,
    lifecycle_changelog,
)

LARGEST_RECORD = 1_048_588
"""Kafka's own default, pinned: what an input may hold, a dead letter must be able to repeat."""
LARGEST_DEAD_LETTER = 2 * LARGEST_RECORD
"""The original and the headers that say what is wrong with it. Compressed, an input may have held more: such a dead
letter leaves out what does not fit, and says how much that was."""
LARGEST_STATE = 4 * LARGEST_RECORD
"""The record of the fattest lead: a hundred lifecycles, each with every answer as long as is kept."""
NO_LIMIT = "-1"
"""How Kafka says for ever, and any size."""
QUICKLY_READ = {"segment.bytes": str(50 << 20), "delete.retention.ms": str(15 * 60_000)}
"""What a lane reads as it opens: nothing of the last segment is compacted, and of each transaction, 70 a second and
lane under load, compaction leaves the marker for a day, unless told otherwise. It has to be longer than any reading
from the beginning takes, or a reader might meet a record and not its tombstone."""


@dataclass(frozen=True, slots=True)
class Found:
    """A topic as the broker has it; `config` holds at least the keys of `config_of`."""

    partitions: int
    config: Mapping[str, str] = field(default_factory=dict)
    copies: int = 1
    """How many brokers have the partition that the fewest have, also while they are away."""


def config_of(topic: Topic) -> dict[str, str]:
    """Returns the Kafka configuration a topic is made with."""
    config = {
        "cleanup.policy": topic.cleanup,
        "retention.ms": str(topic.retention_ms),
        "retention.bytes": NO_LIMIT,
        "max.message.bytes": str(_largest(topic)),
    }
    return config | QUICKLY_READ if topic.cleanup == "compact" else config


def _largest(topic: Topic) -> int:
    if topic == DEAD_LETTER:
        return LARGEST_DEAD_LETTER
    return LARGEST_STATE if topic.name.endswith(_OF_LEADS) else LARGEST_RECORD


_OF_LEADS = lifecycle_changelog("").name


class Difference(NamedTuple):
    """A reason not to start: what kind of thing is not as it has to be, and a sentence."""

    kind: Literal["missing", "partitions", "positions", "configuration"]
    told: str


def differences(topics: Iterable[Topic], found: Mapping[str, Found]) -> list[Difference]:
    """Returns each reason not to start, none if everything is in place."""
    wanted = tuple(topics)
    told: list[Difference] = []
    for topic in wanted:
        here = found.get(topic.name)
        if here is None:
            told.append(Difference("missing", f"{topic.name} is missing"))
            continue
        told += _partition_faults(topic, here.partitions, found)
        told += [Difference("configuration", fault) for fault in _config_faults(topic, here.config)]
    return told


_ISLANDS = {"spine": ("spine", SPINE), "accounts": ("account-log", ACCOUNT_LOG)}
"""What a topic's partitions have to equal, by `Topic.partitions`: its name in words, and the topic."""


def _partition_faults(
    topic: Topic, partitions: int, found: Mapping[str, Found]
) -> Iterator[Difference]:
    here = f"{topic.name} has {partitions} partitions"
    name, first = _ISLANDS.get(topic.partitions, ("", topic))
    if first.name in found and (equal := found[first.name].partitions) != partitions:
        told = f"{here}, the {name} {first.name} has {equal}: they must be equal"
        yield Difference("partitions", told)
    inputs = {one.name: found[one.name].partitions for one in RELAYED if one.name in found}
    if topic.partitions == "inputs" and inputs:
        widest = max(inputs, key=lambda name: inputs[name])
        if partitions < inputs[widest]:
            told = f"{here}, {widest} has {inputs[widest]}: it needs as many"
            yield Difference("positions", told)


def _config_faults(topic: Topic, config: Mapping[str, str]) -> Iterator[str]:
    policy = config.get("cleanup.policy")
    if policy is not None and policy != topic.cleanup:
        yield f"{topic.name} has cleanup.policy={policy}, it must be {topic.cleanup}"
    for limit in ("retention.ms", "retention.bytes"):
        kept = config.get(limit, NO_LIMIT)
        if kept != NO_LIMIT and topic.cleanup == "delete" and topic.retention_ms == FOR_EVER:
            yield f"{topic.name} has {limit}={kept}, it must be {NO_LIMIT}: every history begins there"
    largest, least = config.get("max.message.bytes"), _largest(topic)
    if largest is not None and int(largest) < least and topic.direction in {"outcome", "internal"}:
        yield f"{topic.name} has max.message.bytes={largest}, it must be at least {least}"
