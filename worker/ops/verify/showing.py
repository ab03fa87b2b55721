"""Runs a verification from a terminal: the bar while it reads, and what came of it."""

from __future__ import annotations

import click
import orjson
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from topics.catalogue import catalogue
from worker.lane.clock import wall_ms
from worker.lane.processor import NEVER, TopicPartition
from worker.ops.exits import BadInput
from worker.ops.verify.course import Course
from worker.ops.verify.known import Known
from worker.ops.verify.promptness import CLOCKS_APART_MS
from worker.ops.verify.report import Report, report_of
from worker.stream.admin import inspected
from worker.stream.garbage import collected_rarely
from worker.stream.settings import Settings
from worker.stream.spans import SpanDeleted, Spans, spans

STYLES = {"PASS": "bold green", "FAIL": "bold red", "UNKNOWN": "bold red"}
WORDS = {
    "items": "items of the inputs",
    "messages": "messages of the spine",
    "outcomes": "outcomes",
    "account_messages": "messages of the account-log",
    "told_by_accounts": "words of accounts to leads",
    "records": "records of leads and accounts",
    "deadlines": "messages of deadlines",
    "dead_letters": "dead letters",
    "largest_record": "bytes of the largest record",
    "repeats": "repeats of intake, dropped by origin",
    "inputs": "records of the inputs",
    "of_others": "written by other installations, not judged",
}


async def verified(settings: Settings, since_ms: int | None = None) -> Report:
    """Runs a verification of the installation; BadInput where a topic of it is missing.

    Topics that are otherwise not as they have to be leave it unknown, and so does retention that is faster than the
    reading: what seems to be lost may be what it has deleted. The bar is on stderr, and only where that is a terminal.
    """
    topics = await inspected(settings)
    if topics.missing:
        raise BadInput("\n".join(topics.faults))

    def kept_since(topic: str) -> int:
        """Reckons from now, for retention goes on while the logs are read."""
        kept_ms = topics.kept_ms.get(topic, -1)
        return wall_ms() + CLOCKS_APART_MS - kept_ms if kept_ms >= 0 else NEVER

    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    async with spans(settings) as logs:
        with bar:
            total = await _offsets(logs, settings.application_id)
            task = bar.add_task("reading the logs", total=total)
            logs.on_read = lambda offsets: bar.advance(task, offsets)
            gate_ms = int(settings.limits.gate_seconds * 1000)
            known = Known(kept_since=kept_since, gate_ms=gate_ms)
            course = Course(logs, settings.application_id, since_ms, known)
            for fault in topics.faults:
                course.findings.cannot_tell(fault)
            if not topics.faults:
                try:
                    with collected_rarely():
                        await course.run()
                except SpanDeleted as error:
                    course.findings.withdraw(str(error))
    return report_of(course)


async def _offsets(logs: Spans, application_id: str) -> int:
    """Returns how many offsets there are to read, about."""
    names = [topic.name for topic in catalogue(application_id)]
    counts = await logs.partitions(names)
    places = [TopicPartition(name, p) for name, count in counts.items() for p in range(count)]
    begins, ends = await logs.beginnings(places), await logs.stable_ends(places)
    return sum(ends[place] - begins[place] for place in places)


def show(report: Report, *, as_json: bool) -> None:
    """Puts a report on stdout."""
    if as_json:
        click.echo(orjson.dumps(report.as_data()))
        return
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"[{STYLES[report.verdict]}]{report.verdict}[/]")
    for name, count in report.judged.items():
        console.print(f"{count:12,} {WORDS[name]}")
    for what, counts in (("items", report.items), ("activities", report.activities)):
        told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
        console.print(f"{what}: {told or '-'}")
    if report.late_ms:
        told = ", ".join(f"{name} {late:,} ms" for name, late in report.late_ms.items())
        console.print(f"deadlines came late by: {told}")
    if report.overtaken:
        console.print(
            f"may have lain there when a deadline was due, and came behind it: {report.overtaken:,}"
        )
        for where in report.first_overtaken:
            console.print(f"  {where}", markup=False)
    under_way = {name: count for name, count in report.under_way.items() if count}
    told = ", ".join(f"{count:,} {WORDS[name]}" for name, count in under_way.items())
    console.print(f"under way, not judged: {told or '-'}")
    for name, count in report.anomalies.items():
        console.print(f"[bold red]{name}[/] {count:,}")
        for where in (where for one, where in report.first if one == name):
            console.print(f"  {where}", markup=False)
    for why in report.unknown:
        console.print("unknown:", style="bold red", end=" ")
        console.print(why, markup=False)
