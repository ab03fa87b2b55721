"""The worker as an operator runs it: a process of its own, watched through its own pages; it ends when we do."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from worker.ops.exits import EnvironmentTrouble
from worker.ops.local_broker.guard import Guard
from worker.stream.health import CannotListen, listen
from worker.stream.settings import Settings

STOP_SECONDS = 20.0
"""The worker's own limit for a drain is 15 s."""
LAST_LINES = 5


class WorkerProcess:
    """`python -m worker run` against the cluster of these settings, its log in a file."""

    def __init__(self, settings: Settings, log: Path) -> None:
        self.settings = settings
        self.log = log
        self.port = _free_port(settings)
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: Guard | None = None

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The number of the process that runs."""
        return self._running.pid

    def start(self) -> None:
        """Start it, or start it again."""
        environment = os.environ | {
            "LEAD_ROUTER_BOOTSTRAP": self.settings.bootstrap,
            "LEAD_ROUTER_APPLICATION_ID": self.settings.application_id,
            "LEAD_ROUTER_WEB_PORT": str(self.port),
        }
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "worker", "run"],
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
            )
        self._guard = Guard()
        self._guard.watch(self._process.pid)

    def kill(self) -> None:
        """Kill it without a word, as a machine dies."""
        self._running.kill()
        self._running.wait()
        self._dismiss_guard()

    def stop(self) -> None:
        """Ask it to drain and end; kill it if it does not."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._dismiss_guard()

    def is_ready(self) -> bool:
        """Return what /readyz says; EnvironmentTrouble if the process has ended."""
        if self._running.poll() is not None:
            last = self.log.read_text(errors="replace").splitlines()[-LAST_LINES:]
            raise EnvironmentTrouble("\n".join([f"the worker ended, see {self.log}", *last]))
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=1) as answer:  # noqa: S310  our own page
                return bool(answer.status == 200)  # noqa: PLR2004  OK
        except (urllib.error.URLError, OSError):
            return False

    def _dismiss_guard(self) -> None:
        """End the guard of a process that has ended."""
        if self._guard is not None:
            self._guard.forget()
            self._guard.close()
            self._guard = None

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise EnvironmentTrouble("the worker was not started")
        return self._process


def _free_port(settings: Settings) -> int:
    """Return the port the worker's pages have by default, or any free one where that is taken."""
    try:
        bound = listen("127.0.0.1", settings.web_port)
    except CannotListen:
        bound = listen("127.0.0.1", 0)
    with bound:
        port: int = bound.getsockname()[1]
        return port
