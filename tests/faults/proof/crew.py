"""Workers as an operator runs them, `lead-router run`, in one process or a process for each processor."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson

from worker.lane.failpoints import KILLED
from worker.ops.local_broker.guard import Guard
from worker.stream.settings import Settings

ROOT = Path(__file__).parents[3]
TOGETHER: tuple[str, ...] = ("",)
APART = ("intake", "lifecycle", "accounts")
END_SECONDS = 20.0
LOOK_SECONDS = 0.05
THE_WORKER = ("worker",)

SMALL_FETCH_BYTES = 64 * 1024
"""Who is to die at a place reads a changelog in parts as small as this: else most would be read at once."""

Lane = tuple[str, int]
"""A processor's name and a partition."""


def lanes_in(log: Path) -> set[Lane]:
    """Returns the lanes that were last seen at work by this log."""
    last: dict[Lane, str] = {}
    for line in log.read_bytes().splitlines():
        if b'"event": "lane"' in line:
            told = orjson.loads(line)
            last[told["processor"], told["partition"]] = told["state"]
    return {lane for lane, state in last.items() if state in {"ready", "positioned"}}


class Hand:
    """One process that runs a command, with its log and the file in which it notes that it is at its fail point."""

    def __init__(self, command: Sequence[str], environment: dict[str, str], log: Path) -> None:
        self.log = log
        self.reached = log.with_suffix(".reached")
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *command],
                stdout=out,
                stderr=out,
                cwd=ROOT,
                env={
                    **os.environ,
                    **environment,
                    "LEAD_ROUTER_WEB_PORT": "0",
                    "LEAD_ROUTER_FAILPOINT_LOG": str(self.reached),
                },
            )
        self._guard = Guard()
        self._guard.watch(self.process.pid)

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def resident_mb(self) -> int:
        """Returns how much memory it holds, as Linux tells; 0 if it has ended."""
        if not self.alive:
            return 0
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") // 2**20

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.dismiss_guard()

    def send(self, what: signal.Signals) -> None:
        self.process.send_signal(what)

    def end(self) -> int:
        """Asks it to end, and returns its exit status."""
        self.send(signal.SIGTERM)
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.dismiss_guard()
        return self.process.returncode

    def dismiss_guard(self) -> None:
        """Ends the guard of a process that has ended."""
        self._guard.forget()
        self._guard.close()

    def lanes(self) -> set[Lane]:
        """Returns the lanes that were last seen at work here."""
        return lanes_in(self.log)

    def is_at_work(self) -> bool:
        return bool(self.lanes())

    def died_as_planned(self) -> bool:
        """Tells whether it is dead, and wrote down before that it had reached its fail point."""
        return self.process.poll() == KILLED and self.reached.exists()


class Post:
    """A place that is taken by one process or by three; with a name, under that one static membership."""

    def __init__(self, settings: Settings, folder: Path, name: str, *, static: bool = True) -> None:
        self.settings = settings
        self.hands: list[Hand] = []
        self.parts: tuple[str, ...] = ()
        self.module: Sequence[str] = THE_WORKER
        self._folder = folder
        self._name = name
        self._static = static
        self._hired = 0
        self._ended: list[str] = []

    def hire(self, parts: Sequence[str], failpoint: str = "") -> list[Hand]:
        """Starts a process for each part."""
        self.parts = tuple(parts)
        self.hands = [self._hired_for(only, failpoint) for only in parts]
        return self.hands

    def _hired_for(self, only: str, failpoint: str) -> Hand:
        self._hired += 1
        log = self._folder / f"{self._name}-{self._hired}{only and '-'}{only}.log"
        command = [*self.module, "run", *(["--only", only] if only else [])]
        environment = {
            "LEAD_ROUTER_BOOTSTRAP": self.settings.bootstrap,
            "LEAD_ROUTER_APPLICATION_ID": self.settings.application_id,
            "LEAD_ROUTER_POLICY": self.settings.policy,
            "LEAD_ROUTER_GROUP_INSTANCE_ID": self._name if self._static else "",
            "LEAD_ROUTER_FAILPOINT": failpoint,
        }
        if failpoint:
            environment["LEAD_ROUTER_LIMITS__RECOVERY_FETCH_BYTES"] = str(SMALL_FETCH_BYTES)
        return Hand(command, environment, log)

    def pids(self) -> set[int]:
        """Returns the processes here."""
        return {hand.process.pid for hand in self.hands}

    def lanes(self) -> set[Lane]:
        """Returns the lanes that were last seen at work here."""
        return {lane for hand in self.hands for lane in hand.lanes()}

    def has_leads(self) -> bool:
        """Returns whether a lane of leads was last seen at work here."""
        return any(processor == "lifecycle" for processor, _ in self.lanes())

    def ended(self) -> list[str]:
        """Returns who has ended here by itself and not as planned, and how, whoever has come in its place."""
        return [*self._ended, *self._ended_now()]

    def _ended_now(self) -> list[str]:
        return [
            f"{hand.log.name}: exit status {status}"
            for hand in self.hands
            if (status := hand.process.poll()) and not hand.died_as_planned()
        ]

    def kill(self) -> None:
        """Kills what runs here."""
        self._ended += self._ended_now()
        for hand in self.hands:
            hand.process.kill()
        for hand in self.hands:
            hand.kill()
        self.hands = []

    def end(self) -> list[int]:
        """Ends in order what runs here, and returns how."""
        statuses = [hand.end() for hand in self.hands]
        self.hands = []
        return statuses


async def becomes_true(fact: Callable[[], bool], seconds: float) -> bool:
    """Returns whether something became true within that time."""
    try:
        async with asyncio.timeout(seconds):
            while not fact():
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        return False
    return True
