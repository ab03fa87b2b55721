"""A demo that is killed leaves nothing running: not its worker, not its broker."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from worker.ops.local_broker.readiness import free_ports, is_ready

START_SECONDS = 90
END_SECONDS = 20
"""Removing a broker's files takes a busy disk some seconds."""


class Demo:
    """A `lead-router demo` with ports and files of the test's own, seen through what it opens."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._screen = folder / "screen"
        (self._worker_port,) = free_ports(1, seed=os.getpid() + 1)
        with self._screen.open("wb") as screen:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "worker", "demo"],
                stdout=screen,
                stderr=screen,
                env={
                    **{name: value for name, value in os.environ.items() if "LEAD_" not in name},
                    "LEAD_ROUTER_BROKER": "java",
                    "LEAD_ROUTER_WEB_PORT": str(self._worker_port),
                    "TMPDIR": str(folder),
                },
            )

    def told(self) -> str:
        return self._screen.read_text()

    def broker_answers(self) -> bool:
        """Tells whether the broker that the screen names is there."""
        found = re.search(r"^Kafka: ([\d.]+):(\d+),", self.told(), re.MULTILINE)
        return found is not None and is_ready(found[1], int(found[2]))

    def worker_listens(self) -> bool:
        """Tells whether anybody has the worker's port."""
        try:
            socket.create_connection(("127.0.0.1", self._worker_port), timeout=1).close()
        except ConnectionRefusedError:
            return False
        return True

    def broker_files(self) -> list[Path]:
        """Returns the folders of brokers."""
        return list(self._folder.glob("lead-router-kafka-*"))


@pytest.fixture
def demo(java: None, tmp_path: Path) -> Iterator[Demo]:
    demo = Demo(tmp_path)
    yield demo
    demo.process.kill()
    demo.process.wait()


def test_a_killed_demo_leaves_neither_worker_nor_broker_nor_files(demo: Demo) -> None:
    limit = time.monotonic() + START_SECONDS
    while not demo.worker_listens():
        assert demo.process.poll() is None, demo.told()
        assert time.monotonic() < limit, demo.told()
        time.sleep(0.1)
    assert demo.broker_answers()
    assert demo.broker_files()

    demo.process.kill()
    demo.process.wait()

    limit = time.monotonic() + END_SECONDS
    while demo.worker_listens() or demo.broker_answers() or demo.broker_files():
        assert time.monotonic() < limit, "something was left behind"
        time.sleep(0.1)
