"""What clients ask brokers, and what no question of ours may do: make a topic.

A broker that is asked about a topic it does not know makes it there and then, if whoever asks has nothing against that
and `auto.create.topics.enable` is on, as it is by default: with the broker's own partitions and retention, under which
a changelog is deleted after a week. The library has nothing against it, and no setting for that. So to look whether
topics are there would make them, and a topic that was deleted would be back under its name while workers run.
"""

from __future__ import annotations

from aiokafka import client
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin import client as admin
from aiokafka.protocol.metadata import MetadataRequest


class Question(MetadataRequest):  # type: ignore[misc] # untyped library
    """Asks about topics, and makes none."""

    def __init__(self, topics: list[str] | None = None) -> None:
        super().__init__(topics, allow_auto_topic_creation=False)


def make_nothing() -> None:
    """Has no client make a topic by asking about it, from now on."""
    client.MetadataRequest = Question
    admin.MetadataRequest = Question


def kafka_admin(**settings: object) -> AIOKafkaAdminClient:
    """Returns a client that asks about topics and groups, not yet started."""
    make_nothing()
    return AIOKafkaAdminClient(**settings)
