"""The toy worker as a process: started, armed, killed, asked to end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.stream.toys import Names

ROOT = Path(__file__).parents[2]


class Worker:
    """One process."""

    def __init__(
        self, bootstrap: str, names: Names, log: Path, *, instance: str = "", failpoint: str = ""
    ) -> None:
        self.log = log
        self.failpoint = failpoint
        self.reached = log.with_suffix(".reached")
        arguments = [bootstrap, names.tag, str(names.partitions), *([instance] if instance else [])]
        with log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.toy_worker", *arguments],
                cwd=ROOT,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={
                    **os.environ,
                    "LEAD_ROUTER_FAILPOINT": failpoint,
                    "LEAD_ROUTER_FAILPOINT_LOG": str(self.reached),
                },
            )

    def alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self, seconds: float = 20.0) -> int:
        """Asks it to end, and returns its exit status."""
        self.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def working(self) -> bool:
        """Tells whether a lane of each processor has been ready."""
        ready = {one["processor"] for one in self.facts("lane") if one["state"] == "ready"}
        return ready == {"relay", "counter"}

    def facts(self, fact: str) -> list[dict[str, Any]]:
        """Returns what it has told so far of one kind."""
        lines = self.log.read_text(errors="replace").splitlines()
        told = [json.loads(line) for line in lines if line.startswith('{"at"')]
        return [one for one in told if one["fact"] == fact]
