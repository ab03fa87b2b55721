"""A Kafka started with Java."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from worker.ops.local_broker import jars, readiness
from worker.ops.local_broker.guard import Guard
from worker.ops.local_broker.kinds import KAFKA_VERSION, NODE_SETTINGS, Say

LOG_SETTINGS = Path(__file__).with_name("log4j2.properties")
HOST = "127.0.0.1"
CLUSTER_ID = "bGVhZC1yb3V0ZXItbG9jYQ"
LOG = "kafka.log"
LOG_LINES_TOLD = 10

SMALL_JVM = ("-Xms384M", "-Xmx384M", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""One collector thread and the quick compiler: this broker lives for a minute and shares its cores with the worker."""


def hindrance() -> str | None:
    """Says why Java cannot be the way, or None."""
    needed = ("java",) if jars.JARS.is_dir() else ("java", "mvn")
    missing = [name for name in needed if shutil.which(name) is None]
    return f"not found: {', '.join(missing)}" if missing else None


@contextmanager
def java_broker(say: Say) -> Iterator[JavaBroker]:
    """Yields a broker that is ready, and ends it."""
    jars.fetch(jars.JARS, say)
    broker = JavaBroker(jars.JARS)
    try:
        broker.restart()
        yield broker
    finally:
        broker.close()


@dataclass(frozen=True, slots=True)
class Node:
    """Where a node listens for clients and for controllers, and what it is told beyond what every node of ours is."""

    port: int
    controller_port: int
    more: Mapping[str, str] = field(default_factory=dict)

    def settings(self, data: Path) -> str:
        """Returns the settings file of the node; it is its own only controller unless `more` says otherwise."""
        controller = f"{HOST}:{self.controller_port}"
        told = {
            "listeners": f"PLAINTEXT://{HOST}:{self.port},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{self.port}",
            "controller.quorum.voters": f"1@{controller}",
            "log.dirs": str(data),
            **self.more,
        }
        lines = [f"{name}={value}\n" for name, value in told.items()]
        return "".join([NODE_SETTINGS.read_text(), *lines])


def alone() -> Node:
    """Returns a node that is a cluster of one."""
    port, controller_port = readiness.free_ports(2, seed=os.getpid())
    return Node(port, controller_port)


class JavaBroker:
    """One node on ports of this machine, with a folder of its own."""

    kind = f"Apache Kafka {KAFKA_VERSION} started with Java"

    def __init__(self, libraries: Path, node: Node | None = None) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="lead-router-kafka-"))
        self._guard = Guard(self._home)
        self._java = (
            *("java", *SMALL_JVM, f"-Dlog4j2.configurationFile={LOG_SETTINGS}"),
            *("-cp", f"{libraries}/*"),
        )
        self._process: subprocess.Popen[bytes] | None = None
        node = node or alone()
        self._port = node.port
        self._settings = self._home / "server.properties"
        self._settings.write_text(node.settings(self._home / "data"))
        self._format()

    @property
    def bootstrap(self) -> str:
        """Where clients find it, host:port."""
        return f"{HOST}:{self._port}"

    @property
    def log(self) -> Path:
        """Where it writes what it has to say; gone with the broker."""
        return self._home / LOG

    def restart(self) -> None:
        """Starts the broker on its port and its data, and returns when it is ready."""
        self.start()
        self.await_ready()

    def start(self) -> None:
        """Starts the broker and does not wait: a node of several gets ready when enough of them are there."""
        self._process = self._run("kafka.Kafka", str(self._settings))
        self._guard.watch(self._process.pid)

    def await_ready(self) -> None:
        """Returns when clients may come."""
        readiness.await_ready(HOST, self._port, self._end)

    def kill(self) -> None:
        """Ends the broker as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._guard.forget()

    def send(self, what: signal.Signals) -> None:
        """Sends its process a signal; stopped, it is a broker that takes connections and answers nothing."""
        if self._process is not None:
            self._process.send_signal(what)

    def close(self) -> None:
        """Ends the broker; what it held is thrown away, so nothing has to be flushed."""
        self.kill()
        self._guard.close()

    def _format(self, *also: str) -> None:
        """Prepares the folder of the data."""
        words = ("format", "-t", CLUSTER_ID, "-c", str(self._settings), *also)
        self._run("kafka.tools.StorageTool", *words).wait()

    def _run(self, *main_class: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*self._java, *main_class],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _end(self) -> str | None:
        if self._process is None or self._process.poll() is None:
            return None
        last_lines = self.log.read_text().splitlines()[-LOG_LINES_TOLD:]
        return "\n".join(["it ended, and said:", *last_lines])
