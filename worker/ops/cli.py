"""`lead-router`: finds a command by name and imports only that one, so that light commands start fast."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from worker.ops.exits import EnvironmentTrouble

COMMANDS = {
    "run": "The worker: reads events, keeps leads, publishes outcomes.",
    "simulate": "Try a policy on events in a file; no broker.",
    "adapt": "Turn a vendor's webhook body into lines for simulate.",
    "policy": "List and show policies, or check one of your own.",
    "topics": "List, create, check and read the topics.",
    "lead": "One lead: its record, its history, and why it is where it is.",
    "lag": "How far behind the worker is.",
    "doctor": "What is wrong, and what to do.",
    "verify": "Hold what the topics show against what is promised: PASS, FAIL or UNKNOWN.",
    "dead-letters": "What could not be read: list it, look at one, put originals back.",
    "demo": "The whole thing on this machine, and what came out.",
}
"""Every command and what it does, in the order a newcomer meets them; `worker/ops/<name>.py` holds it, - being _."""


class LazyCommands(click.Group):
    """A group that imports a command's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Returns the names, in the order of COMMANDS."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Returns the command of that name, or None where there is none."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        room = cmd_name.replace("-", "_")
        command: click.Command = importlib.import_module(f"worker.ops.{room}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - what a command returns, which is nothing
        """Runs a command; whoever reads its output may stop reading, and trouble with a file is the world's."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _forget_output()
            sys.exit(0)
        except OSError as error:
            _forget_output()
            raise EnvironmentTrouble(f"{error.strerror or error}") from error
        return result

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the list of commands without importing any of them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _forget_output() -> None:
    """Lets the interpreter end without writing what nobody takes."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lead-router", prog_name="lead-router")
def main() -> None:
    """Route leads: statuses and handoffs, decided by policy, on Kafka.

    Example: lead-router simulate --policy inside-sales events.jsonl
    """
