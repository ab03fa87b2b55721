"""`lead-router lead`: one lead's record and history, why it is where it is, and what is missing for the next status."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import orjson

from worker.ops.exits import AnswerIsNo

if TYPE_CHECKING:
    from worker.ops.lead_telling import Tell
    from worker.stream.settings import Settings

as_json = click.option("--json", "as_json", is_flag=True, help="JSON lines.")


@click.group(name="lead")
def command() -> None:
    """Look at one lead. Reads its partition of the topics, and changes nothing.

    Example: lead-router lead explain email:ana@acme.example
    """


@command.command()
@click.argument("lead_id", metavar="ID")
@as_json
def show(lead_id: str, *, as_json: bool) -> None:
    """Show a lead's record as of the worker's last word, and everything that happened to it.

    Below each message of the spine stands what came of it. With --json: a "person", a "lead" for each lifecycle, then
    each "activity", "account-answer", "deadline" or "policy" of the spine, and each outcome with `published`: whether
    it is on its topic.

    Example: lead-router lead show email:ana@acme.example
    """
    from worker.ops.lead_telling import shown

    _answer(lead_id, shown, as_json=as_json)


@command.command()
@click.argument("lead_id", metavar="ID")
@as_json
def explain(lead_id: str, *, as_json: bool) -> None:
    """Say why a lead is where it is, what each next status lacks, and what happens by itself when.

    The lead's messages on the spine are told again, under the policies the spine put in force. With --json: each
    outcome, each "explanation", and a "standing" for each lifecycle, as `simulate --explain --state` has them.

    Example: lead-router lead explain email:ana@acme.example
    """
    from worker.ops.lead_telling import explained

    _answer(lead_id, explained, as_json=as_json)


def _answer(lead_id: str, tell: Tell, *, as_json: bool) -> None:
    from worker.ops.cluster import answer_of, settings_in_force

    answer_of(_look(settings_in_force(), lead_id, tell, as_json=as_json))


async def _look(settings: Settings, lead_id: str, tell: Tell, *, as_json: bool) -> None:
    """Writes what is told of a lead; AnswerIsNo where nobody knows it."""
    from worker.stream.lookup import lookup

    async with lookup(settings, lead_id) as found:
        kept = await found.kept()
        if kept is None:
            raise AnswerIsNo(
                f'{settings.application_id} knows no lead "{lead_id}": nobody told of it, or the worker has not read'
                " so far. A lead without an id of its own is called email:<address> or phone:<number>."
            )
        async for said in tell(found, kept, lead_id):
            if not as_json:
                for word in said.words:
                    click.echo(word)
            elif said.line is not None:
                click.echo(orjson.dumps(said.line))
