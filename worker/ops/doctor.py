"""`lead-router doctor`: what is wrong, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import orjson

from worker.ops.exits import AnswerIsNo

if TYPE_CHECKING:
    from worker.stream.checkup import Finding
    from worker.stream.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON line for each finding.")
def command(*, as_json: bool) -> None:
    """Say what is wrong with this installation, and what to do: topics, groups, lag, state, policy, dead letters.

    Reads, and writes nothing. Exit status: 0 nothing is wrong, 1 something is, 3 the broker cannot be asked.

    Example: lead-router doctor
    """
    from worker.ops.cluster import answer_of, settings_in_force

    settings = settings_in_force()
    found = answer_of(_found(settings, _digest(settings)))
    for one in found:
        click.echo(orjson.dumps(one) if as_json else f"{one.name}: {one.seen}\n  {one.todo}")
    if found:
        raise AnswerIsNo(f"{len(found)} findings")
    if not as_json:
        click.echo("nothing is wrong")


async def _found(settings: Settings, digest: str) -> list[Finding]:
    """Returns everything that is wrong."""
    from worker.stream.checkup import findings

    return [one async for one in findings(settings, digest)]


def _digest(settings: Settings) -> str:
    """Returns the digest of the policy that a worker with these settings loads."""
    from worker import presets
    from worker.lifecycle.language.policy import PolicyError
    from worker.ops.exits import BadInput

    try:
        return presets.load(settings.policy).digest
    except PolicyError as error:
        raise BadInput(f"policy {settings.policy}:\n{error}") from None
