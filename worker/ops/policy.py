"""`lead-router policy`: the shipped policies, and what is wrong with one of your own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
import orjson

from worker.lifecycle.language.findings import Finding, PolicyError
from worker.ops.exits import AnswerIsNo, BadInput
from worker.ops.story import read_story
from worker.presets import NAMES, Examined, examined, load, text_of

if TYPE_CHECKING:
    from worker.lifecycle.language.plan import Policy

as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON.")


@click.group(name="policy")
def command() -> None:
    """Look at policies, and try your own.

    Example: lead-router policy check mine.toml
    """


@command.command(name="list")
@as_json
def list_policies(*, as_json: bool) -> None:
    """List the shipped policies, the default first.

    Example: lead-router policy list --json
    """
    for policy in map(load, NAMES):
        if as_json:
            statuses = list(policy.statuses)
            click.echo(orjson.dumps(policy.reference | {"statuses": statuses}))
        else:
            click.echo(f"{policy.name}  version {policy.version}  {', '.join(policy.statuses)}")


@command.command()
@click.argument("name", metavar="NAME|FILE")
@as_json
def show(name: str, *, as_json: bool) -> None:
    """Show a policy as it is written, or with --json as it is in force: extended, checked, digested.

    Example: lead-router policy show inside-sales
    """
    try:
        if as_json:
            policy = load(name)
            click.echo(
                orjson.dumps({"digest": policy.digest, "policy": orjson.Fragment(policy.text)})
            )
        else:
            click.echo(text_of(name), nl=False)
    except PolicyError as error:
        raise BadInput(str(error)) from error


@command.command()
@click.argument("file", metavar="NAME|FILE")
@click.option(
    "--against",
    metavar="NAME|FILE",
    help="Say what becomes of leads in the statuses of this policy that the other one lacks.",
)
@as_json
def check(file: str, against: str | None, *, as_json: bool) -> None:
    """Say everything that is wrong with a policy, and what is worth knowing of it; exit 1 where something is wrong.

    Each finding names file and line, the place, how to mend it, and in brackets the check. Remarks (below the
    findings) refuse nothing. A policy with findings starts no worker and no simulation.

    Example: lead-router policy check mine.toml --against inside-sales
    """
    found = _examined(file)
    homes = {} if against is None else _homes(found.policy, against)
    homeless = [name for name, home in homes.items() if home is None]
    if as_json:
        click.echo(orjson.dumps(_as_data(file, found, None if against is None else homes)))
    else:
        _tell(found, homes)
    if found.faults:
        raise AnswerIsNo(f"{file} cannot be used: {len(found.faults)} found")
    if homeless:
        names = ", ".join(homeless)
        raise AnswerIsNo(
            f"leads of {against} in {names} would be nowhere: say in [moved] where they go"
        )
    if not as_json:
        click.echo(f"{file}: nothing wrong")


def _examined(name: str) -> Examined:
    """Returns a policy as far as it can be read; BadInput where there is no such file."""
    try:
        return examined(name)
    except PolicyError as error:
        raise BadInput(str(error)) from error


def _homes(new: Policy | None, against: str) -> dict[str, str | None]:
    """Returns where leads go from the statuses that a new policy lacks; nothing where it cannot be used anyway."""
    from worker.lifecycle.moving import homes_of

    old = _examined(against)
    if old.policy is None:
        raise BadInput("\n".join(map(str, old.faults)))
    return {} if new is None else homes_of(old.policy, new)


def _tell(found: Examined, homes: dict[str, str | None]) -> None:
    for finding in found.findings:
        click.echo(f"remark: {finding}" if finding.remark else str(finding))
    for name, home in homes.items():
        click.echo(f'leads in "{name}" go to {"nowhere" if home is None else home}')


def _as_data(file: str, found: Examined, homes: dict[str, str | None] | None) -> dict[str, Any]:
    findings = [_row(finding) for finding in found.faults]
    remarks = [_row(finding) for finding in found.findings if finding.remark]
    told = {"file": file, "findings": findings, "remarks": remarks}
    return told if homes is None else told | {"moved": homes}


def _row(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "file": finding.file,
        "line": finding.line,
        "place": finding.place,
        "message": finding.message,
    }


@command.command()
@click.argument("name", metavar="NAME|FILE")
@click.option(
    "--format", "form", type=click.Choice(["mermaid", "dot"]), default="mermaid", show_default=True
)
@as_json
def graph(name: str, form: str, *, as_json: bool) -> None:
    """Draw a policy: statuses by phase, rules and picks as arrows, what time does by itself dashed.

    Mermaid is drawn by GitHub and GitLab where it stands in a page, dot by Graphviz. With --json, the arrows as data.

    Example: lead-router policy graph inside-sales --format dot | dot -Tsvg -o inside-sales.svg
    """
    from worker.ops import picture

    found = _examined(name)
    if found.document is None or found.faults:
        raise BadInput("\n".join(map(str, found.faults)))
    drawn = picture.of(found.document)
    if as_json:
        click.echo(msgspec.json.encode(drawn))
    else:
        click.echo(drawn.mermaid() if form == "mermaid" else drawn.dot(), nl=False)


@command.command(name="test")
@click.argument(
    "stories",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--policy", default="inside-sales", show_default=True, metavar="NAME|FILE")
@as_json
def tell(stories: tuple[Path, ...], policy: str, *, as_json: bool) -> None:
    """Tell stories (transcripts of a lead's life) again; exit 1 where one comes out otherwise.

    Example: lead-router policy test stories/*.txt --policy mine.toml
    """
    differing = 0
    for path in stories:
        try:
            story = read_story(path, policy)
        except (ValueError, PolicyError) as error:
            raise BadInput(f"{path}: {error}") from error
        differences = [] if story.told == story.written else list(story.differences())
        differing += story.told != story.written
        if as_json:
            row = {"story": str(path), "as_written": story.told == story.written}
            click.echo(orjson.dumps(row | {"differences": differences}))
            continue
        click.echo(
            f"{path}: {'as written' if story.told == story.written else 'comes out otherwise'}"
        )
        for written, told in differences:
            click.echo(f"  written {written.strip()}\n  told    {told.strip()}")
    if differing:
        raise AnswerIsNo(f"{differing} of {len(stories)} stories come out otherwise")
