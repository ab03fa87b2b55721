"""What every run of experiments has from its command line, where it keeps its logs, and how it ends."""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from tests.faults import ledger
from tests.faults.trial import Result, closed, say, sum_of

Experiments = Callable[[argparse.Namespace, Path], Awaitable[Sequence[Result]]]


def parser_of(name: str, nodes: int = 1) -> argparse.ArgumentParser:
    """Returns what a run understands: seed, brokers, which experiments, where to write results."""
    parser = argparse.ArgumentParser(prog=f"python -m tests.faults.{name}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--nodes", type=int, default=nodes, choices=(1, 3), help="brokers")
    parser.add_argument("--only", help="names, separated by commas")
    parser.add_argument(
        "--ledger", action="store_true", help="add a line to the ledger of all runs"
    )
    parser.add_argument("--json", type=Path, help="where to write the results")
    return parser


def named(arguments: argparse.Namespace, names: Sequence[str]) -> list[str]:
    """Returns the names of the experiments that are asked for, in their order; all of them if none are."""
    return arguments.only.split(",") if arguments.only else list(names)


async def run(parser: argparse.ArgumentParser, experiments: Experiments) -> int:
    """Runs what the command line asks for, says what came of it, and returns the exit status."""
    arguments = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    name = parser.prog.rpartition(".")[2]
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-{arguments.seed}-"))
    say(f"logs in {folder}")
    began = time.monotonic()
    results = await experiments(arguments, folder)
    if arguments.ledger:
        seconds = time.monotonic() - began
        ledger.write(ledger.run_of(name, arguments.seed, seconds, sum_of(results)))
    return await closed(results, arguments.json)
