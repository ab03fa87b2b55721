"""What clients ask brokers, and what no question of ours may do: make a topic.

A broker that is asked about a topic it does not know makes it there and then, if whoever asks has nothing against that
and `auto.create.topics.enable` is on, as it is by default: with the broker's own partitions and retention, under which
a changelog is deleted after a week. The library has nothing against it, and no setting for that. So to look whether
topics are there would make them, and a topic that was deleted would be back under its name while workers run.

And a client that has met no topic yet, as the producer of a quiet lane, asks about all topics that the cluster has,
every five minutes and at every broken connection: where others have thousands, each answer stops the loop to be read.
"""

from __future__ import annotations

from aiokafka import client
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin import client as admin
from aiokafka.protocol.metadata import MetadataRequest

from worker.lane.kafka.answers import hear
from worker.lane.kafka.sending import send_droppably


class Question(MetadataRequest):  # type: ignore[misc] # untyped library
    """Asks about topics, and makes none; about all there are, if it names none."""

    def __init__(self, topics: list[str] | None = None) -> None:
        super().__init__(topics, allow_auto_topic_creation=False)


class OwnQuestion(Question):
    """What a client asks for itself: one that has met no topic yet asks about none, but who the brokers are."""

    def __init__(self, topics: list[str] | None = None) -> None:
        super().__init__(topics or [])


def amend() -> None:
    """Has the clients that are made from now on ask as is said here, hear as in `answers`, and send as in `sending`."""
    client.MetadataRequest = OwnQuestion
    admin.MetadataRequest = Question
    hear()
    send_droppably()


def kafka_admin(**settings: object) -> AIOKafkaAdminClient:
    """Returns a client that asks about topics and groups, not yet started."""
    amend()
    return AIOKafkaAdminClient(**settings)
