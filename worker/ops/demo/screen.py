"""What the demo puts on the screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from worker.ops.demo.stories import LeadStory
from worker.ops.demo.summary import Summary
from worker.ops.verify.report import Report

BAR_CELLS = 40
LEADS_SHOWN = 3


def progress_on(console: Console) -> Progress:
    """Return a bar for each thing that takes a while."""
    return Progress(
        TextColumn("{task.description:34}"),
        BarColumn(BAR_CELLS),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def show_summary(console: Console, summary: Summary) -> None:
    """Print the funnel and the counts."""
    console.rule("[bold]Where the leads are now", align="left")
    most = max(summary.funnel.values(), default=0) or 1
    funnel = Table.grid(padding=(0, 2))
    for status, leads in summary.funnel.items():
        funnel.add_row(
            status, str(leads), Text("█" * round(BAR_CELLS * leads / most), style="cyan")
        )
    console.print(funnel)
    classified = sum(summary.funnel.values())
    console.print(f"{summary.leads} leads seen, {classified} of them have a status", style="dim")
    console.print(
        f"{summary.handed_over} handed over by marketing, {summary.rejected} of them rejected:"
        f" {summary.accepted} accepted\n",
        style="dim",
    )
    console.rule("[bold]What was published besides status changes", align="left")
    _show_counts(
        console,
        {
            "handoffs": summary.handoffs,
            "contactability": summary.contactability,
            "refusals": summary.refusals,
            "dead letters": summary.dead_letters,
        },
    )


def show_stories(console: Console, stories: Iterable[LeadStory]) -> None:
    """Print each life as a table; what did not change stands back."""
    for story in stories:
        console.print(f"[bold]{story.lead}[/]")
        table = Table(box=None, pad_edge=False)
        for heading in ("day", "event", "rule", "status", "who has it now", "next deadline"):
            table.add_column(heading, header_style="dim", overflow="fold")
        status = "-"
        for line in story.lines:
            moved = line.status != status
            row = (line.day, line.event, line.rule, line.status, line.team, line.deadline or "-")
            table.add_row(*row, style="bold" if moved else "dim")
            status = line.status
        console.print(table)
        console.print()


def show_verdict(console: Console, report: Report, overtaken: Sequence[str]) -> None:
    """Print what the oracle looked at and what it found."""
    console.rule("[bold]Does it agree?", align="left")
    judged = report.judged
    console.print(f"{judged['items']} items went in; {judged['outcomes']} outcomes came out.")
    named = f", e.g. {', '.join(overtaken[:LEADS_SHOWN])}" if overtaken else ""
    console.print(
        f"{len(overtaken)} leads have events on the spine in another order than they were produced"
        f" (vendors' bodies are not keyed by lead){named}."
    )
    if report.verdict == "PASS":
        console.print(
            "[bold green]PASS[/] every item is accounted for, and the spine told again without a broker"
            " gives every outcome and every lead's record byte for byte."
        )
        return
    console.print(f"[bold red]{report.verdict}[/] {report.in_a_sentence()}")
    for name, where in report.first:
        console.print(f"  {name}: {where}", highlight=False, markup=False)


def show_pace(
    console: Console, events_per_second: float, latency: tuple[float, float] | None
) -> None:
    """Print how fast history was worked off, and how long live events took."""
    console.rule("[bold]How fast", align="left")
    console.print(f"history: {events_per_second:,.0f} events a second, both hops")
    if latency is not None:
        median, late = latency
        console.print(
            f"live: from produce to a read_committed consumer p50 {median:.0f} ms, p99 {late:.0f} ms"
        )


def show_places(console: Console, places: Mapping[str, str]) -> None:
    """Print where to look next."""
    console.rule("[bold]Where to look next", align="left")
    for what, where in places.items():
        console.print(f"  {what:28} {where}", highlight=False, markup=False)


def _show_counts(console: Console, counts: Mapping[str, Mapping[str, int]]) -> None:
    table = Table.grid(padding=(0, 2))
    for what, counted in counts.items():
        told = ", ".join(f"{number} {name}" for name, number in counted.items())
        table.add_row(f"[bold]{sum(counted.values())}[/]", what, told or "-")
    console.print(table)
    console.print()
