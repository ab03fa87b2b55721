"""Workers as an operator runs them, `lead-router run`, in one process or a process for each processor."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from worker.stream.settings import Settings

TOGETHER: tuple[str, ...] = ("",)
APART = ("intake", "lifecycle", "accounts")
END_SECONDS = 20.0


class Hand:
    """One process; `only` names its processor, "" all of them. `failpoint` kills it where it is reached."""

    def __init__(
        self, settings: Settings, log: Path, instance: str, only: str, failpoint: str = ""
    ) -> None:
        self.only = only
        self.log = log
        self.reached = log.with_suffix(".reached")
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "worker", "run", *(["--only", only] if only else [])],
                stdout=out,
                stderr=out,
                env={
                    **os.environ,
                    "LEAD_ROUTER_BOOTSTRAP": settings.bootstrap,
                    "LEAD_ROUTER_APPLICATION_ID": settings.application_id,
                    "LEAD_ROUTER_POLICY": settings.policy,
                    "LEAD_ROUTER_GROUP_INSTANCE_ID": instance,
                    "LEAD_ROUTER_WEB_PORT": "0",
                    "LEAD_ROUTER_FAILPOINT": failpoint,
                    "LEAD_ROUTER_FAILPOINT_LOG": str(self.reached),
                },
            )

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def send(self, what: signal.Signals) -> None:
        self.process.send_signal(what)

    def end(self) -> int:
        """Asks it to end, and returns its exit status."""
        self.send(signal.SIGTERM)
        try:
            return self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.process.returncode

    async def ready(self, seconds: float) -> None:
        """Returns once one of its lanes is at work."""
        async with asyncio.timeout(seconds):
            while b'"ready"' not in self.log.read_bytes():
                assert self.alive, self.log.read_text()
                await asyncio.sleep(0.05)

    async def death(self, seconds: float) -> bool:
        """Returns whether it died by itself within that time, its fail point written down."""
        try:
            async with asyncio.timeout(seconds):
                while self.alive:
                    await asyncio.sleep(0.05)
        except TimeoutError:
            return False
        return self.reached.exists()


class Post:
    """A place in the groups that is always taken: by one process or by three, under one static membership."""

    def __init__(self, settings: Settings, folder: Path, name: str) -> None:
        self.settings = settings
        self.hands: list[Hand] = []
        self._folder = folder
        self._name = name
        self._hired = 0

    def hire(self, parts: Sequence[str], failpoint: str = "") -> list[Hand]:
        """Starts a process for each part."""
        hired = []
        for only in parts:
            self._hired += 1
            log = self._folder / f"{self._name}-{self._hired}{only and '-'}{only}.log"
            hired.append(Hand(self.settings, log, self._name, only, failpoint))
        self.hands += hired
        return hired

    def kill(self) -> tuple[str, ...]:
        """Kills what runs here, and returns the parts it had."""
        parts = tuple(hand.only for hand in self.hands)
        for hand in self.hands:
            hand.kill()
        self.hands = []
        return parts

    def end(self) -> tuple[tuple[str, ...], list[int]]:
        """Ends in order what runs here, and returns the parts it had and how they ended."""
        parts = tuple(hand.only for hand in self.hands)
        statuses = [hand.end() for hand in self.hands]
        self.hands = []
        return parts, statuses
