"""What every run of experiments understands beside what all runs do, and how it ends."""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from tests.faults import closing
from tests.faults.trial import Result, Tried, sum_of, told

Experiments = Callable[[argparse.Namespace, Path], Awaitable[Sequence[Result]]]


def parser_of(doc: str | None, nodes: int = 1) -> argparse.ArgumentParser:
    """Returns what a run understands: how many brokers, and which experiments, too."""
    parser = closing.parser_of(doc)
    parser.add_argument("--nodes", type=int, default=nodes, choices=(1, 3), help="brokers")
    parser.add_argument("--only", help="names, separated by commas")
    return parser


def named(arguments: argparse.Namespace, names: Sequence[str]) -> list[str]:
    """Returns the names of the experiments that are asked for, in their order; all of them if none are."""
    return arguments.only.split(",") if arguments.only else list(names)


def run(what: str, parser: argparse.ArgumentParser, experiments: Experiments) -> int:
    """Runs what the command line asks for, says what came of it, and returns the exit status."""
    arguments = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)

    async def course(folder: Path) -> Tried:
        return sum_of(await experiments(arguments, folder))

    return closing.carried_out(what, arguments, lambda folder: asyncio.run(course(folder)), told)
