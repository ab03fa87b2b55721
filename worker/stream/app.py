"""The Faust app: its services are the processors, the gate of deadlines and the web pages; no Kafka client is Faust's.

Faust gives the process, its signals and its tree of services. The record path is the lanes' (`worker/lane`); why, is
said there.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Iterable

import faust
import structlog
from faust.app import BootStrategy
from mode import Service

from worker.stream import logs
from worker.stream.garbage import collected_rarely
from worker.stream.settings import Settings

log = structlog.get_logger()

STOPPED_BY_WATCHDOG = 3
"""Exit status of a process that could not be stopped in order; nothing is lost by it."""

WATCHDOG_GRACE_SECONDS = 2.5
"""What the process may take beyond the lanes' own time to stop."""


class OwnRecordPath(BootStrategy):
    """Starts none of Faust's Kafka clients, tables and agents."""

    enable_kafka = False


class LeadRouter(faust.App):
    """The app."""

    BootStrategy = OwnRecordPath
    logger = logging.getLogger("faust")

    services: tuple[Service, ...] = ()
    """What does the work: the processors, and the gate of deadlines."""

    async def on_first_start(self) -> None:
        """Makes none of Faust's directories: nothing of ours lives on disk."""

    async def on_start(self) -> None:
        """Makes the app final, and none of Faust's own consumers, which would lie about unused."""
        self.finalize()

    async def on_stop(self) -> None:
        """Stops them side by side: each may take the whole time that the process has."""
        await asyncio.gather(*(service.stop() for service in self.services))
        await super().on_stop()

    async def _wait_for_table_recovery_completed(self) -> bool:
        """Returns that the app goes on at once: Faust's tables, which it would wait for, are not started."""
        return False


class Worker(faust.Worker):
    """The process: a stop that hangs is cut short."""

    logger = logging.getLogger("faust")
    stop_seconds = 15.0
    watchdog: threading.Timer | None = None

    async def on_stop(self) -> None:
        """Starts the watchdog before anything is stopped."""
        log.info("stopping")
        self.watchdog = threading.Timer(self.stop_seconds, _cut_short)
        self.watchdog.daemon = True
        self.watchdog.start()
        await super().on_stop()


def _cut_short() -> None:
    """Ends the process as it is."""
    log.error("stopping took too long, the process ends as it is")
    os._exit(STOPPED_BY_WATCHDOG)


def worker_of(settings: Settings, pages: Service, services: Iterable[Service]) -> Worker:
    """Returns the process, ready to run: the pages first, then the services."""
    app = LeadRouter(
        settings.application_id,
        broker=[f"kafka://{server}" for server in settings.bootstrap.split(",")],
        web_enabled=True,
    )
    app.web_server(pages)
    app.services = tuple(services)
    for service in app.services:
        app.service(service)  # type: ignore[arg-type]  # it takes instances, too
    worker = Worker(
        app,
        quiet=True,
        override_logging=False,
        redirect_stdouts=False,
        loglevel=settings.log_level.upper(),
    )
    worker.spinner = None
    worker.stop_seconds = settings.limits.stop_seconds + WATCHDOG_GRACE_SECONDS
    return worker


def run(worker: Worker) -> str | None:
    """Runs until a signal stops the process, and returns None; or what made it stop by itself."""
    try:
        with collected_rarely():
            worker.execute_from_commandline()
    except SystemExit as end:
        if not end.code:
            return None
        reason = worker.crash_reason
        return "it could not start" if reason is None else logs.described(reason)
