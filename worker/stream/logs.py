"""Logs lines: one JSON object (or one coloured line) each, with ids and places, never with what a message holds.

Payloads, addresses and credentials stay out by construction: our own lines name topics, partitions and offsets, and
an exception is written as its type and the places it came through. Its text is kept only where the system or Kafka's
client wrote it.
"""

from __future__ import annotations

import logging
import sys
import traceback
from types import TracebackType
from typing import Any

import structlog
from aiokafka.errors import KafkaError
from structlog.typing import EventDict, Processor

from worker.lane.errors import LaneError

CHATTY = ("aiokafka", "faust", "mode", "asyncio", "aiohttp.access")
"""Libraries whose everyday news is noise here; their warnings are kept."""

SILENT = ("aiokafka.consumer.group_coordinator", "aiokafka.consumer.fetcher")
"""Rebalances and retried fetches: the lane says what came of them."""


def configure(level: str, style: str) -> None:
    """Sends every log line of this process to stderr, from `level` up, as `json` or for the `console`."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_exception_text,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer() if style == "json" else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_without_exception_arguments)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def silence() -> None:
    """Keeps libraries quiet in commands that say in one sentence what went wrong."""
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL + 1)


def described(error: BaseException) -> str:
    """Returns what may be said of an exception: its text if the system, Kafka or a lane wrote it, else its type."""
    if isinstance(error, KafkaError | OSError | LaneError):
        return f"{type(error).__name__}: {error}"
    return type(error).__name__


def places(trace: TracebackType | None) -> list[str]:
    """Returns the places an exception came through, outermost first; no values, no source lines."""
    return [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace)]


def _without_exception_text(_logger: Any, _method: str, line: EventDict) -> EventDict:  # noqa: ANN401  structlog's signature
    """Puts an exception's description and places in the place of its text and source lines."""
    exc_info = line.pop("exc_info", None)
    if exc_info is True:
        exc_info = sys.exc_info()
    if isinstance(exc_info, BaseException):
        exc_info = (type(exc_info), exc_info, exc_info.__traceback__)
    if exc_info and exc_info[1] is not None:
        line["error"] = described(exc_info[1])
        line["places"] = places(exc_info[2])
    return line


def _without_exception_arguments(record: logging.LogRecord) -> bool:
    """Describes exceptions that a library would print with `%r`; asyncio prints them below its first line."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            described(arg) if isinstance(arg, BaseException) else arg for arg in record.args
        )
    if record.name == "asyncio":
        record.msg = str(record.msg).partition("\n")[0]
    return True
