"""Runs the oracle over logs in memory, and says what it named."""

from __future__ import annotations

import asyncio

from tests.unit.ops.verify.town import APPLICATION, Logs
from worker.lane.processor import NEVER
from worker.ops.verify.course import Course
from worker.ops.verify.known import Known
from worker.ops.verify.report import Report, report_of


def judged(
    logs: Logs,
    since_ms: int | None = None,
    kept_since_ms: dict[str, int] | None = None,
    application: str = APPLICATION,
) -> Report:
    kept = kept_since_ms or {}
    earlier = dict(logs.earlier)
    course = Course(logs, application, since_ms, Known(kept_since=lambda one: kept.get(one, NEVER)))
    asyncio.run(course.run())
    logs.earlier = earlier
    return report_of(course)


def names(logs: Logs) -> set[str]:
    """Returns the names of the anomalies; the verdict has to agree with there being any."""
    report = judged(logs)
    assert report.verdict == ("FAIL" if report.anomalies else "PASS")
    return set(report.anomalies)


def wheres(logs: Logs, name: str) -> list[str]:
    """Returns where the anomalies of a name are."""
    return [where for one, where in judged(logs).first if one == name]
