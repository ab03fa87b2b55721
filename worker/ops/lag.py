"""`lead-router lag`: how far behind the worker is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click
import orjson

from worker.ops.exits import EnvironmentTrouble

if TYPE_CHECKING:
    from worker.stream.lag import Lag
    from worker.stream.settings import Settings

EVERY_SECONDS = 2
"""How often --watch looks: the worker writes its offsets once a second."""


@click.command()
@click.option("--watch", is_flag=True, help="Look again every two seconds until interrupted.")
@click.option("--json", "as_json", is_flag=True, help="A JSON line for each partition, 0 or not.")
def command(*, watch: bool, as_json: bool) -> None:
    """Print each group's lag in messages and in seconds, by topic and partition.

    Exit status: 0 it was told, 3 the broker cannot be asked, or topics that are read are missing: stderr names them,
    and what is there is told all the same.

    Example: lead-router lag --watch
    """
    from worker.ops.cluster import answer_of, settings_in_force

    with contextlib.suppress(KeyboardInterrupt):
        answer_of(_look(settings_in_force(), watch=watch, as_json=as_json))


async def _look(settings: Settings, *, watch: bool, as_json: bool) -> None:
    """Print the lag once, or again and again."""
    from worker.stream.lag import lag_reader

    async with lag_reader(settings) as reader:
        while True:
            lags = await reader.read()
            for line in _json(lags) if as_json else _told(lags):
                click.echo(line)
            missing = await reader.missing()
            if missing and not watch:
                raise EnvironmentTrouble(_lacking(missing))
            if missing:
                click.echo(_lacking(missing), err=True)
            if not watch:
                return
            await asyncio.sleep(EVERY_SECONDS)


def _lacking(topics: Iterable[str]) -> str:
    """Returns what is said of topics that are not there."""
    told = [f"{topic} is missing" for topic in topics]
    return "\n".join([*told, "`lead-router topics apply` creates what is missing"])


def _json(lags: Iterable[Lag]) -> list[bytes]:
    """Returns a JSON line for each partition."""
    return [orjson.dumps(lag) for lag in lags]


def _told(lags: Iterable[Lag]) -> list[str]:
    """Returns a line for each group, and one for each partition that it is behind on."""
    by_group: dict[str, list[Lag]] = {}
    for lag in lags:
        by_group.setdefault(lag.group, []).append(lag)
    lines = []
    for group, found in by_group.items():
        behind = [lag for lag in found if lag.messages]
        messages = sum(lag.messages for lag in behind)
        seconds = max((lag.seconds for lag in behind), default=0.0)
        lines.append(f"{group}: {messages} messages, {seconds:.1f} s")
        lines += [
            f"  {lag.topic}/{lag.partition}: {lag.messages} messages, {lag.seconds:.1f} s"
            for lag in behind
        ]
    return lines
