"""One or three real brokers started with Java, each with listeners that advertise the address of a proxy.

There are several lines to the same brokers, each with a listener and a proxy of its own: what befalls the clients of
one line does not touch those of another, nor the brokers among each other, nor whoever goes to them directly.

Three nodes are brokers and controllers alike: replication factor 3, two in-sync replicas at least, also for the
topics of groups and transactions.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from worker.ops.local_broker import jars
from worker.ops.local_broker.java import HOST, JavaBroker, Node
from worker.ops.local_broker.kinds import Say
from worker.ops.local_broker.readiness import free_ports

LINES = 2
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
        each = 2 + 2 * LINES
        ports = iter(free_ports(each * count, seed=os.getpid() + PORTS_APART))
        places = {number: [next(ports) for _ in range(each)] for number in range(1, count + 1)}
        voters = ",".join(f"{number}@{HOST}:{place[1]}" for number, place in places.items())
        self.lines: list[dict[int, int]] = [{} for _ in range(LINES)]
        """For the proxy of each line: the ports that clients are told, and those behind them."""
        self.nodes: dict[int, JavaBroker] = {}
        for number, (port, controller_port, *doors) in places.items():
            pairs = list(zip(doors[:LINES], doors[LINES:], strict=True))
            for line, (front, behind) in zip(self.lines, pairs, strict=True):
                line[front] = behind
            more = {
                **_listeners(port, controller_port, pairs),
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

    def proxied(self, line: int = 0) -> str:
        """Bootstrap servers that lead through the proxy of a line."""
        return ",".join(f"{HOST}:{front}" for front in self.lines[line])


def _listeners(
    port: int, controller_port: int, doors: Sequence[tuple[int, int]]
) -> Mapping[str, str]:
    here = {"PLAINTEXT": port, "CONTROLLER": controller_port}
    told = {"PLAINTEXT": port}
    for number, (front, behind) in enumerate(doors):
        here[f"LINE{number}"], told[f"LINE{number}"] = behind, front
    return {
        "listeners": ",".join(f"{name}://{HOST}:{at}" for name, at in here.items()),
        "advertised.listeners": ",".join(f"{name}://{HOST}:{at}" for name, at in told.items()),
        "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in here),
    }
