"""Whether a Kafka answers, asked in Kafka's own words, with neither a client library nor a guess about time."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable

from worker.ops.exits import EnvironmentTrouble

START_SECONDS = 60
"""A broker that is not ready by then has a trouble that waiting does not mend; two seconds are usual."""

POLL_SECONDS = 0.05
ANSWER_SECONDS = 2

_METADATA_V1_OF_NO_TOPIC = struct.pack(">hhih5si", 3, 1, 1, 5, b"ready", 0)
_ANSWER = struct.Struct(">iii")
"""Its size, the request's number, how many brokers follow."""

_PORTS = range(20_000, 32_000)
"""Below the ports that systems give to outgoing connections: nobody's client takes the port of a killed broker."""

_PORTS_APART = 8


def is_ready(host: str, port: int) -> bool:
    """Tells whether the broker there is registered with its controller: it lists itself in its metadata."""
    request = _METADATA_V1_OF_NO_TOPIC
    try:
        with socket.create_connection((host, port), ANSWER_SECONDS) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            _size, _correlation, brokers = _ANSWER.unpack(
                connection.makefile("rb").read(_ANSWER.size)
            )
    except (OSError, struct.error):  # nobody there, or gone before the answer was complete
        return False
    return bool(brokers > 0)


def await_ready(host: str, port: int, hindrance: Callable[[], str | None]) -> None:
    """Returns when the broker is ready; EnvironmentTrouble with what `hindrance` says, or after START_SECONDS."""
    limit = time.monotonic() + START_SECONDS
    while not is_ready(host, port):
        trouble = hindrance()
        if trouble is None and time.monotonic() > limit:
            trouble = f"it did not get ready within {START_SECONDS} s"
        if trouble is not None:
            raise EnvironmentTrouble(f"Kafka did not start on port {port}: {trouble}")
        time.sleep(POLL_SECONDS)


def free_ports(count: int, seed: int) -> list[int]:
    """Returns ports that nobody listens on now; neighbouring seeds look at places that do not overlap."""
    first = seed * _PORTS_APART % len(_PORTS)
    candidates = (*_PORTS[first:], *_PORTS[:first])
    free = (port for port in candidates if not _taken(port))
    return [next(free) for _ in range(count)]


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return True
    return False
