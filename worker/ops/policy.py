"""`lead-router policy`: the shipped policies, and what is wrong with one of your own."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from worker.lifecycle.policy import PolicyError
from worker.ops.exits import AnswerIsNo, BadInput
from worker.ops.story import read_story
from worker.presets import NAMES, load, text_of

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
            row = {"name": policy.name, "version": policy.version, "digest": policy.digest}
            click.echo(orjson.dumps(row | {"statuses": statuses}))
        else:
            click.echo(f"{policy.name}  version {policy.version}  {', '.join(policy.statuses)}")


@command.command()
@click.argument("name")
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
@click.argument("file")
@as_json
def check(file: str, *, as_json: bool) -> None:
    """Say everything that is wrong with a policy; exit 1 where something is.

    Example: lead-router policy check mine.toml
    """
    findings: list[str] = []
    try:
        load(file)
    except PolicyError as error:
        findings = list(map(str, error.findings))
    if as_json:
        click.echo(orjson.dumps({"file": file, "findings": findings}))
    if findings:
        raise AnswerIsNo("\n".join([f"{file} cannot be used:", *findings]))
    if not as_json:
        click.echo(f"{file}: nothing wrong")


@command.command(name="test")
@click.argument("stories", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--policy", default="inside-sales", show_default=True, metavar="NAME|FILE")
def tell(stories: tuple[Path, ...], policy: str) -> None:
    """Tell stories (transcripts of a lead's life) again; exit 1 where one comes out otherwise.

    Example: lead-router policy test stories/*.txt --policy mine.toml
    """
    differing = 0
    for path in stories:
        try:
            story = read_story(path, policy)
        except (ValueError, PolicyError) as error:
            raise BadInput(f"{path}: {error}") from error
        if story.told == story.written:
            click.echo(f"{path}: as written")
            continue
        differing += 1
        click.echo(f"{path}: comes out otherwise")
        for written, told in story.differences():
            click.echo(f"  written {written.strip()}\n  told    {told.strip()}")
    if differing:
        raise AnswerIsNo(f"{differing} of {len(stories)} stories come out otherwise")
