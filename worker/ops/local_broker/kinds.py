"""What can be asked of a broker, however it came to be here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

KAFKA_VERSION = "4.1.1"
NODE_SETTINGS = Path(__file__).with_name("server.properties")
"""What every node of ours is told; where it listens comes on top."""

Say = Callable[[str], None]
"""Puts one line on the screen."""


class Broker(Protocol):
    """A Kafka that is ready for clients."""

    @property
    def kind(self) -> str:
        """Where it comes from, for the screen."""

    @property
    def bootstrap(self) -> str:
        """Where clients find it, host:port."""


class OwnBroker(Broker, Protocol):
    """A Kafka of one node, started here."""

    def kill(self) -> None:
        """Ends the broker as a power cut would."""

    def restart(self) -> None:
        """Starts a killed broker on the same port and the same data, and returns when it is ready."""


@dataclass(frozen=True)
class GivenBroker:
    """Servers that somebody else runs."""

    bootstrap: str
    kind: str = "given by LEAD_ROUTER_BOOTSTRAP"
