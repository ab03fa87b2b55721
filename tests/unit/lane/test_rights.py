"""What brokers do not allow is told by one name, and says what it is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    OperationNotAttempted,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    UnknownTopicOrPartitionError,
)

from worker.lane.errors import NotAllowed
from worker.lane.kafka.answers import Added
from worker.lane.kafka.rights import allowed, counted

REFUSED = TopicAuthorizationFailedError.errno
UNKNOWN = UnknownTopicOrPartitionError.errno


@pytest.mark.parametrize(
    "error, told",
    [
        (TopicAuthorizationFailedError("a"), "read a (TOPIC_AUTHORIZATION_FAILED)"),
        (TopicAuthorizationFailedError({"b", "a"}), "read a, b (TOPIC_AUTHORIZATION_FAILED)"),
        (
            TopicAuthorizationFailedError(TopicPartition("a", 3)),
            "read a (TOPIC_AUTHORIZATION_FAILED)",
        ),
        (GroupAuthorizationFailedError("g"), "use the group g (GROUP_AUTHORIZATION_FAILED)"),
        (
            TransactionalIdAuthorizationFailed("g-0-a"),
            "use the transactional id g-0-a (TRANSACTIONAL_ID_AUTHORIZATION_FAILED)",
        ),
        (
            ClusterAuthorizationFailedError(),
            "write idempotently (CLUSTER_AUTHORIZATION_FAILED)",
        ),
    ],
)
def test_a_refusal_says_what_is_refused(error: KafkaError, told: str) -> None:
    with pytest.raises(NotAllowed) as caught, allowed("read"):
        raise error
    assert str(caught.value) == f"the brokers do not let us {told}"


def test_what_is_asked_for_may_be_known_better_than_the_library_says() -> None:
    with pytest.raises(NotAllowed, match=r"use the group g \("), allowed("see", "g"):
        raise GroupAuthorizationFailedError("Unable to get coordinator id for g")


def test_any_other_error_is_left_alone() -> None:
    with pytest.raises(UnknownTopicOrPartitionError), allowed("read"):
        raise UnknownTopicOrPartitionError


def described(name: str, error: int, partitions: int = 0) -> dict[str, Any]:
    return {"topic": name, "error_code": error, "partitions": [{}] * partitions}


def test_a_topic_that_may_not_be_seen_is_not_missing() -> None:
    seen = [described("a", 0, 4), described("b", UNKNOWN)]
    assert counted(seen) == {"a": 4, "b": 0}
    with pytest.raises(NotAllowed, match=r"describe c, d \(TOPIC_AUTHORIZATION_FAILED\)"):
        counted([*seen, described("d", REFUSED), described("c", REFUSED)])


class Waiting:
    """What waits to be written, and how it ended."""

    ended: Exception | None = None

    def fail_all(self, error: Exception) -> None:
        self.ended = error


def test_a_topic_that_may_not_be_written_to_fails_its_transaction_by_name() -> None:
    waiting = Waiting()
    sender = SimpleNamespace(_message_accumulator=waiting, _retry_backoff=0.1, _txn_manager=None)
    answers = [("a", [(0, OperationNotAttempted.errno)]), ("b", [(0, REFUSED)])]
    with pytest.raises(TransactionalIdAuthorizationFailed):
        Added(sender, []).handle_response(SimpleNamespace(errors=answers))
    assert isinstance(waiting.ended, NotAllowed)
    assert "write to b (TOPIC" in str(waiting.ended)
    assert Added(sender, []).handle_response(SimpleNamespace(errors=[])) is None
