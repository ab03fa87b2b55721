"""What long runs have in common on the command line: how they are asked for, and how they end."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable

import orjson

from tests.faults import ledger
from tests.faults.proof.acts import say


def parser_of(doc: str | None) -> argparse.ArgumentParser:
    """Returns what each of them understands."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--ledger", action="store_true", help="add a line to the ledger of all runs"
    )
    return parser


def closed(
    what: str,
    asked: argparse.Namespace,
    seconds: float,
    report: ledger.Came,
    words: Iterable[str],
) -> int:
    """Says what a run came to, in words and as JSON on stdout, notes it if asked to, and returns the exit status."""
    for line in words:
        say(line)
    if asked.ledger:
        ledger.write(ledger.run_of(what, asked.seed, seconds, report))
    sys.stdout.buffer.write(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")
    return 0 if report.proven else 1
