"""`lead-router run`: the worker."""

from __future__ import annotations

import os
import resource
from typing import TYPE_CHECKING

import click

from worker.ops.exits import BadInput, EnvironmentTrouble
from worker.stream.settings import told

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

    from worker.intake.admit import Door
    from worker.lifecycle.language.plan import Policy
    from worker.stream.settings import Settings


FILES = 65_536


class ExplainsSettings(click.Command):
    """A command whose help ends with every setting, its default and its meaning."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the settings."""
        del ctx
        with formatter.section("Settings"):
            formatter.write_dl(told())


@click.command(cls=ExplainsSettings)
@click.option(
    "--only",
    type=click.Choice(["intake", "lifecycle", "accounts"]),
    help="Run one processor; others run it elsewhere.",
)
def command(only: str | None) -> None:
    """Run the worker until SIGTERM or SIGINT: reads events, keeps leads, publishes outcomes.

    The settings below come from the environment, or by their lower-case names without LEAD_ROUTER_ from the TOML file
    that LEAD_ROUTER_SETTINGS names. /livez, /readyz and /metrics answer on the web port. Exit status: 0 stopped by a
    signal, 2 wrong settings or policy, 3 broker, topics or port in trouble, or a failure that opening partitions anew
    does not mend; nothing is lost or doubled by any of them.

    Example: LEAD_ROUTER_BOOTSTRAP=127.0.0.1:9092 lead-router run
    """
    from worker.lane import failpoints
    from worker.lane.errors import ProcessorRefuses
    from worker.ops.cluster import settings_in_force
    from worker.stream import logs
    from worker.stream.app import run
    from worker.stream.wiring import Checked, assembled

    _allow_files()
    settings = settings_in_force()
    checked = Checked(
        settings=settings,
        policy=_policy(settings),
        door=_door(settings),
        partitions=_partitions(settings),
        bound=_bound(settings),
    )
    failpoints.arm(os.environ)
    logs.configure(settings.log_level, settings.log_format)
    worker = assembled(checked, only)
    if (trouble := run(worker)) is not None:
        if isinstance(worker.crash_reason, ProcessorRefuses):
            raise BadInput(trouble)
        raise EnvironmentTrouble(f"the worker stopped: {trouble}")


def _allow_files() -> None:
    """Lets the process have as many connections as it may: of one that inherits everything a shell's 1,024 are few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < enough:
        resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))


def _policy(settings: Settings) -> Policy:
    """Returns the policy to decide by; BadInput says what is wrong with it."""
    from worker import presets
    from worker.lifecycle.language.policy import PolicyError

    try:
        return presets.load(settings.policy)
    except PolicyError as error:
        raise BadInput(f"policy {settings.policy}:\n{error}") from None


def _door(settings: Settings) -> Door:
    """Returns the way to read input; BadInput says what is wrong with the dispositions."""
    from worker.intake.adapters.hubspot_call import dispositions_in, with_dispositions
    from worker.intake.adapters.vendors import TABLES
    from worker.intake.admit import Door

    own = settings.hubspot_dispositions
    if own is None:
        return Door(strict=settings.strict)
    try:
        table = with_dispositions(dispositions_in(own.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise BadInput(f"{own}: {error}") from None
    return Door(strict=settings.strict, tables={**TABLES, f"raw.{table.vendor}": table})


def _partitions(settings: Settings) -> Mapping[str, int]:
    """Returns the partition counts of the topics; EnvironmentTrouble says what is missing or wrong, and what to do."""
    from worker.lane.errors import TopicsDoNotFit
    from worker.ops.cluster import answer_of
    from worker.stream.admin import inspected
    from worker.stream.births import check_births
    from worker.stream.finding import of_topic

    topics = answer_of(inspected(settings))
    if topics.faults:
        advice = dict.fromkeys(of_topic(one).todo for one in topics.differences)
        raise EnvironmentTrouble("\n".join([*topics.faults, *advice]))
    try:
        answer_of(check_births(settings, topics.partitions))
    except TopicsDoNotFit as error:
        raise EnvironmentTrouble(str(error)) from None
    return topics.partitions


def _bound(settings: Settings) -> socket.socket:
    """Returns the socket of the pages; EnvironmentTrouble where it cannot be had."""
    from worker.stream.health import CannotListen, listen

    try:
        return listen(settings.web_host, settings.web_port)
    except CannotListen as error:
        raise EnvironmentTrouble(str(error)) from None
