"""A Kafka started with Docker, by testcontainers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from worker.ops.local_broker import readiness
from worker.ops.local_broker.kinds import KAFKA_VERSION, NODE_SETTINGS, Say

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

IMAGE = f"apache/kafka:{KAFKA_VERSION}"
ENGINE_SECONDS = 120
"""How long the engine may think about one request; a pull answers piece by piece."""

LOG_LINES_TOLD = 10

DATA = "/tmp/kafka-data"  # noqa: S108  within the container, which nobody else is in
START = f"""
[ -e {DATA}/meta.properties ] || exec /etc/kafka/docker/run
exec java -Xms256M -Xmx512M -cp "/opt/kafka/libs/*" kafka.Kafka /opt/kafka/config/server.properties
"""
"""The image sets a broker up and starts it. One that comes back to its data starts on what was set up: to format the
data again is an error, which is left to each image to overlook."""


def hindrance(say: Say) -> str | None:
    """Says why Docker cannot be the way, or None; fetches the image where the engine lacks it."""
    from docker.errors import DockerException, ImageNotFound
    from testcontainers.core.docker_client import DockerClient

    try:
        engine = DockerClient(timeout=ENGINE_SECONDS).client
        engine.ping()
    except DockerException:
        return "no engine answers"
    try:
        engine.images.get(IMAGE)
    except ImageNotFound:
        say(f"Kafka: fetching {IMAGE}; the engine keeps it, so this happens once")
        try:
            engine.images.pull(IMAGE)
        except DockerException:
            return f"the engine cannot get {IMAGE}"
    finally:
        engine.close()
    return None


@contextmanager
def docker_broker() -> Iterator[DockerBroker]:
    """Yields a broker that is ready, and removes it."""
    from testcontainers.core.container import DockerContainer

    (port,) = readiness.free_ports(1, seed=os.getpid())
    container = DockerContainer(IMAGE, docker_client_kw={"timeout": ENGINE_SECONDS})
    host = container.get_docker_client().host()
    container.with_bind_ports(port, port).with_envs(**_settings(host, port))
    container.with_command(["sh", "-c", START])
    with container:
        broker = DockerBroker(container, host, port)
        broker.await_ready()
        yield broker


class DockerBroker:
    """One node in a container of its own."""

    kind = f"{IMAGE} started with Docker"

    def __init__(self, container: DockerContainer, host: str, port: int) -> None:
        self._container = container
        self._host = host
        self._port = port

    @property
    def bootstrap(self) -> str:
        """Where clients find it, host:port."""
        return f"{self._host}:{self._port}"

    def kill(self) -> None:
        """Ends the broker as a power cut would."""
        container = self._container.get_wrapped_container()
        container.kill()
        container.wait()

    def restart(self) -> None:
        """Starts a killed broker on the same port and the same data, and returns when it is ready."""
        self._container.get_wrapped_container().start()
        self.await_ready()

    def await_ready(self) -> None:
        """Returns when clients may come."""
        readiness.await_ready(self._host, self._port, self._end)

    def _end(self) -> str | None:
        container = self._container.get_wrapped_container()
        container.reload()
        if container.status in {"created", "running"}:
            return None
        last_lines = container.logs(tail=LOG_LINES_TOLD).decode(errors="replace")
        return f"it ended, and said:\n{last_lines}"


def _settings(host: str, port: int) -> dict[str, str]:
    """Returns what the image reads; the port is the same inside and outside, for the broker calls itself by it too."""
    listeners = {"IN": 9092, "OUT": port, "CONTROLLER": 9093}
    settings = dict(
        line.split("=", 1)
        for line in NODE_SETTINGS.read_text().splitlines()
        if "=" in line and not line.startswith("#")
    )
    settings |= {
        "listeners": ",".join(f"{name}://:{number}" for name, number in listeners.items()),
        "advertised.listeners": f"IN://localhost:9092,OUT://{host}:{port}",
        "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in listeners),
        "inter.broker.listener.name": "IN",
        "controller.quorum.voters": "1@localhost:9093",
        "log.dirs": DATA,
    }
    return {"KAFKA_" + name.replace(".", "_").upper(): value for name, value in settings.items()}
