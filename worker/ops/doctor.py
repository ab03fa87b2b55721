"""`lead-router doctor`: what is wrong, and what to do."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

import click
import orjson

from worker.ops.exits import AnswerIsNo

if TYPE_CHECKING:
    from worker.lifecycle.language.plan import Policy
    from worker.stream.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON line for each finding.")
def command(*, as_json: bool) -> None:
    """Say what is wrong with this installation, and what to do: topics, groups, lag, state, policy, dead letters.

    Reads, and writes nothing; may run beside workers. Says each thing as soon as it is found, and on a terminal what it
    is looking at. Exit status: 0 nothing is wrong, 1 something is, 3 a broker could not be asked, of whatever else was
    found. It takes as long as reading the changelogs, and less than half a minute more where something hangs.

    Example: lead-router doctor
    """
    from worker.ops.cluster import answer_of, settings_in_force

    settings = settings_in_force()
    found = answer_of(_shown(settings, _policy(settings), as_json=as_json))
    if found:
        raise AnswerIsNo(f"{found} findings")
    if not as_json:
        click.echo("nothing is wrong")


async def _shown(settings: Settings, policy: Policy, *, as_json: bool) -> int:
    """Puts each finding on stdout as it comes, and returns how many there were."""
    from rich.console import Console

    from worker.stream.checkup import findings

    screen, count = Console(stderr=True), 0
    with screen.status("asking the broker") as status:

        def say(what: str) -> None:
            if screen.is_terminal:
                status.update(f"looking at {what}")

        async with aclosing(findings(settings, policy, say)) as found:
            async for one in found:
                count += 1
                status.stop()  # it would take stdout for its own
                click.echo(
                    orjson.dumps(one) if as_json else f"{one.name}: {one.seen}\n  {one.todo}"
                )
                status.start()
    return count


def _policy(settings: Settings) -> Policy:
    """Returns the policy that a worker with these settings loads."""
    from worker import presets
    from worker.lifecycle.language.policy import PolicyError
    from worker.ops.exits import BadInput

    try:
        return presets.load(settings.policy)
    except PolicyError as error:
        raise BadInput(f"policy {settings.policy}:\n{error}") from None
