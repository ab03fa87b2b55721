"""The process: what ends it, and what it leaves alone."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mode import Service
from prometheus_client import CollectorRegistry

from worker.lane.errors import LaneKeepsFailing
from worker.stream.app import STOPPED_BY_WATCHDOG, run, worker_of
from worker.stream.health import Health, listen
from worker.stream.settings import load

ROOT = Path(__file__).parents[3]


class Acting(Service):
    """A processor that does one thing, and hears of its end."""

    def __init__(self, trouble: Exception | None) -> None:
        super().__init__()
        self.trouble = trouble
        self.was_stopped = False

    @Service.task
    async def _act(self) -> None:
        if self.trouble is not None:
            raise self.trouble
        os.kill(os.getpid(), signal.SIGTERM)

    async def on_stop(self) -> None:
        self.was_stopped = True


@pytest.fixture(autouse=True)
def own_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Gives the process a loop to close, and an empty folder to leave empty."""
    monkeypatch.chdir(tmp_path)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()
    assert list(tmp_path.iterdir()) == []


def ended(processor: Acting) -> str | None:
    pages = Health(listen("127.0.0.1", 0), list, CollectorRegistry())
    worker = worker_of(load(), pages, [processor])
    try:
        return run(worker)
    finally:
        if worker.watchdog is not None:
            worker.watchdog.cancel()  # this process goes on, for longer than a worker may take to stop


def test_a_signal_ends_it_in_order() -> None:
    processor = Acting(None)
    assert ended(processor) is None
    assert processor.was_stopped


def test_what_a_lane_cannot_mend_ends_it_and_is_named() -> None:
    processor = Acting(LaneKeepsFailing("lifecycle lane 3"))
    assert ended(processor) == "LaneKeepsFailing: lifecycle lane 3"
    assert processor.was_stopped


def test_what_ends_it_is_named_without_its_text() -> None:
    assert ended(Acting(KeyError("ada@example.com"))) == "KeyError"


def test_a_start_that_fails_is_no_good_end() -> None:
    class Broken(Acting):
        async def on_start(self) -> None:
            raise KeyError("ada@example.com")

    assert ended(Broken(None)) in {"KeyError", "it could not start"}


STUCK = """
import asyncio
from mode import Service
from prometheus_client import CollectorRegistry
from worker.stream.app import STOPPED_BY_WATCHDOG, run, worker_of
from worker.stream.health import Health, listen
from worker.stream.settings import load

class Stuck(Service):
    async def on_started(self) -> None:
        print("at work", flush=True)

    async def on_stop(self) -> None:
        await asyncio.sleep(3600)

worker = worker_of(load(), Health(listen("127.0.0.1", 0), list, CollectorRegistry()), [Stuck()])
worker.stop_seconds = 0.5
run(worker)
"""


def test_a_stop_that_hangs_is_cut_short(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", STUCK], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        assert any(b"at work" in line for line in process.stdout)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == STOPPED_BY_WATCHDOG
    finally:
        process.kill()
        process.communicate()
