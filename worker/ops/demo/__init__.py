"""`lead-router demo`: the whole thing on this machine, and what came out."""

from __future__ import annotations

import click

from worker.ops.exits import AnswerIsNo


@click.command()
@click.option("--keep", is_flag=True, help="Leave everything running until interrupted.")
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object on stdout; the rest on stderr."
)
def command(*, keep: bool, as_json: bool) -> None:
    """Put nine months of sample traffic, then live traffic, through a worker on a real Kafka, and check what came out.

    Example: lead-router demo --keep
    """
    from worker.ops.demo.showing import show

    if not show(keep=keep, as_json=as_json):
        raise AnswerIsNo("what came out does not agree with what went in")
