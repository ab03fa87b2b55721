"""What brokers do not allow, by one name: no right comes by asking again.

The library has an error for each kind of right. Where it asks what topics there are, and where it writes, it has none,
and says that there is no such topic, or that the transaction has failed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import (
    BrokerResponseError,
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

from worker.lane.errors import NotAllowed

REFUSED_TOPIC: int = TopicAuthorizationFailedError.errno
REFUSED_GROUP: int = GroupAuthorizationFailedError.errno

_OF_OTHERS = {
    GroupAuthorizationFailedError: "use the group",
    TransactionalIdAuthorizationFailed: "use the transactional id",
    ClusterAuthorizationFailedError: "write idempotently",
}
"""What it is that is not allowed, where it is not something with topics."""


def not_allowed(
    to: str, what: Iterable[str], refusal: type[BrokerResponseError] = TopicAuthorizationFailedError
) -> NotAllowed:
    """Returns the error which says that brokers do not let us do something, to what, and how Kafka calls that."""
    names = ", ".join(sorted(what))
    deed = f"{_OF_OTHERS.get(refusal, to)} {names}".rstrip()
    return NotAllowed(f"the brokers do not let us {deed} ({refusal.message})")


@contextmanager
def allowed(to: str, *what: str) -> Iterator[None]:
    """Raises `NotAllowed` where brokers do not let us do that to topics, or use whatever else it needs.

    To which is what the library says, unless it is given.
    """
    try:
        yield
    except (TopicAuthorizationFailedError, *_OF_OTHERS) as error:
        raise not_allowed(to, what or _named(error), type(error)) from error


def _named(error: BrokerResponseError) -> Collection[str]:
    """Returns what the library says that an error is about: a name, topics, or a partition."""
    match error.args:
        case [TopicPartition(topic=str() as topic)] | [str() as topic]:
            return [topic]
        case [set() as topics]:
            return topics
    return ()


def counted(described: Collection[Mapping[str, Any]]) -> dict[str, int]:
    """Returns how many partitions each topic has, 0 if there is no such; `NotAllowed` names those we may not see."""
    hidden = [topic["topic"] for topic in described if topic["error_code"] == REFUSED_TOPIC]
    if hidden:
        raise not_allowed("describe", hidden)
    return {topic["topic"]: len(topic["partitions"]) for topic in described}
