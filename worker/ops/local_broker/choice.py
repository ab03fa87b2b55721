"""Which broker it is to be: given, Docker or Java."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from worker.ops.exits import BadInput, EnvironmentTrouble
from worker.ops.local_broker import docker, java
from worker.ops.local_broker.kinds import Broker, GivenBroker, OwnBroker, Say

NOTHING_THERE = """No Kafka to be had. One of these will do:
  - LEAD_ROUTER_BOOTSTRAP=host:port, the address of a Kafka that runs already;
  - a Docker engine that this user may talk to ({docker});
  - Java 17 or newer and Maven on the PATH ({java})."""


@contextmanager
def local_broker(say: Say) -> Iterator[Broker]:
    """Yields the Kafka that is given, or one of our own; EnvironmentTrouble where none can be had."""
    given = os.environ.get("LEAD_ROUTER_BOOTSTRAP")
    if given:
        broker = GivenBroker(given)
        say(_line(broker))
        yield broker
    else:
        with own_broker(say) as started:
            yield started


@contextmanager
def own_broker(say: Say) -> Iterator[OwnBroker]:
    """Yields a Kafka started for the caller alone, and ends it; EnvironmentTrouble where none can be had."""
    with _starting(os.environ.get("LEAD_ROUTER_BROKER", ""), say) as broker:
        say(_line(broker))
        yield broker


def _line(broker: Broker) -> str:
    return f"Kafka: {broker.bootstrap}, {broker.kind}"


def _starting(forced: str, say: Say) -> AbstractContextManager[OwnBroker]:
    if forced not in {"", "docker", "java"}:
        raise BadInput(f"LEAD_ROUTER_BROKER is {forced!r}; it may be docker or java.")
    no_docker = (
        "LEAD_ROUTER_BROKER=java rules it out" if forced == "java" else docker.hindrance(say)
    )
    if no_docker is None:
        return docker.docker_broker()
    no_java = "LEAD_ROUTER_BROKER=docker rules it out" if forced == "docker" else java.hindrance()
    if no_java is None:
        return java.java_broker(say)
    raise EnvironmentTrouble(NOTHING_THERE.format(docker=no_docker, java=no_java))
