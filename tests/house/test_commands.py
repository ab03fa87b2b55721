"""Each command explains itself with an example."""

from __future__ import annotations

import importlib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

OPS = Path(__file__).parents[2] / "worker" / "ops"


def command_files() -> list[str]:
    """Returns the names of the files under worker/ops that export a command."""
    return sorted(
        path.stem
        for path in OPS.glob("*.py")
        if "\ncommand" in path.read_text() or "\ndef command(" in path.read_text()
    )


def subcommands(name: str, command: click.Command) -> list[tuple[str, click.Command]]:
    """Returns a command with those under it, each with the words that call it."""
    name = name.replace("_", "-")
    below = command.commands.items() if isinstance(command, click.Group) else ()
    return [(name, command), *((f"{name} {word}", sub) for word, sub in below)]


@pytest.mark.parametrize("name", command_files())
def test_help_has_an_example(name: str) -> None:
    command = importlib.import_module(f"worker.ops.{name}").command
    for words, found in subcommands(name, command):
        told = CliRunner().invoke(found, ["--help"], prog_name=f"lead-router {words}")
        assert told.exit_code == 0
        _usage, _, rest = told.output.partition("\n")
        assert f"lead-router {words}" in rest, f"the help of {words} has no example"
