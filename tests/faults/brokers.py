"""One or three real brokers started with Java, each with a second listener that advertises the proxy's address.

Three nodes are brokers and controllers alike: replication factor 3, two in-sync replicas at least, also for the
topics of groups and transactions.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from worker.ops.local_broker import jars
from worker.ops.local_broker.java import HOST, JavaBroker, Node
from worker.ops.local_broker.kinds import Say
from worker.ops.local_broker.readiness import free_ports

PORTS_A_NODE = 4
PORTS_APART = 2
"""Seeds between the ports of two clusters of one process, and of those of a broker that is alone."""

THREE_COPIES = {
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "offsets.topic.num.partitions": "3",
    "transaction.state.log.num.partitions": "3",
}
"""Three partitions of each: every node may be a coordinator."""


class Brokers:
    """A cluster of our own; nodes count from 1."""

    def __init__(self, count: int, say: Say) -> None:
        jars.fetch(jars.JARS, say)
        ports = free_ports(PORTS_A_NODE * count, seed=os.getpid() + PORTS_APART)
        each = {
            number: ports[PORTS_A_NODE * (number - 1) : PORTS_A_NODE * number]
            for number in range(1, count + 1)
        }
        voters = ",".join(f"{number}@{HOST}:{each[number][1]}" for number in each)
        self.fronts = {front: behind for _, _, behind, front in each.values()}
        """For the proxy: the port that clients are told, and the one behind it."""
        self.nodes: dict[int, JavaBroker] = {}
        for number, (port, controller_port, behind, front) in each.items():
            more = {
                **_listeners(port, controller_port, behind, front),
                "node.id": str(number),
                "controller.quorum.voters": voters,
                **(THREE_COPIES if count > 1 else {}),
            }
            self.nodes[number] = JavaBroker(jars.JARS, Node(port, controller_port, more))

    def __enter__(self) -> Self:
        for node in self.nodes.values():
            node.start()
        for node in self.nodes.values():
            node.await_ready()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for node in self.nodes.values():
            node.close()

    @property
    def direct(self) -> str:
        """Bootstrap servers past the proxy."""
        return ",".join(node.bootstrap for node in self.nodes.values())

    def port(self, number: int) -> int:
        """Returns the port of a node, past the proxy."""
        return int(self.nodes[number].bootstrap.rpartition(":")[2])

    @property
    def proxied(self) -> str:
        """Bootstrap servers that lead through the proxy."""
        return ",".join(f"{HOST}:{front}" for front in self.fronts)


def _listeners(port: int, controller_port: int, behind: int, front: int) -> Mapping[str, str]:
    return {
        "listeners": ",".join(
            f"{name}://{HOST}:{number}"
            for name, number in {
                "PLAINTEXT": port,
                "PROXIED": behind,
                "CONTROLLER": controller_port,
            }.items()
        ),
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port},PROXIED://{HOST}:{front}",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT",
    }
