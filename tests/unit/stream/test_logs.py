"""A log line holds places, never what a message holds."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from worker.stream.logs import configure


@pytest.fixture(autouse=True)
def logging_as_found() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    structlog.get_logger().info("lane ready", partition=3)
    (line,) = lines(capsys.readouterr().err)
    assert line.pop("timestamp")
    assert line == {"event": "lane ready", "partition": 3, "level": "info"}


def test_an_exception_is_its_type_and_places(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    error = KeyError("ada@example.com")
    structlog.get_logger().error("failed", exc_info=error)
    logging.getLogger("library").error("failed: %r", error, exc_info=error)
    told = capsys.readouterr().err
    assert "ada@example.com" not in told
    assert [line["error"] for line in lines(told)] == ["KeyError", "KeyError"]
    assert lines(told)[1]["event"] == "failed: 'KeyError'"


def test_what_the_system_says_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    error = ConnectionRefusedError(111, "refused")
    logging.getLogger("library").error("failed", exc_info=error)
    assert "refused" in str(lines(capsys.readouterr().err)[0]["error"])


def test_asyncio_says_what_happened_and_not_to_what(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    told = (
        "Task exception was never retrieved\nfuture: <Task exception=KeyError('ada@example.com')>"
    )
    logging.getLogger("asyncio").error(told, exc_info=KeyError("ada@example.com"))
    (line,) = lines(capsys.readouterr().err)
    assert line["event"] == "Task exception was never retrieved"
    assert line["error"] == "KeyError"
