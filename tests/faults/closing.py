"""What all runs with faults have in common on the command line: how they are asked for, and how they end."""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import orjson

from tests.faults import ledger
from tests.faults.telling import say

R = TypeVar("R", bound=ledger.Came)

PERSONAL = re.compile(rb"[\w.+-]+(?:@|%40)[\w-]+\.[a-z]{2,}|\+[1-9][0-9]{7,14}")
"""Addresses, and numbers as E.164 has them: a log that quoted what was sent would quote these with it."""


def parser_of(doc: str | None) -> argparse.ArgumentParser:
    """Returns what each of them understands."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--ledger", action="store_true", help="add a line to the ledger of all runs"
    )
    return parser


def carried_out(
    what: str,
    asked: argparse.Namespace,
    course: Callable[[Path], R],
    told: Callable[[R], Iterable[str]],
) -> int:
    """Runs a course in a folder for its logs, says what it came to, and returns the exit status.

    The report is words on stderr and one JSON object on stdout; personal data in a worker's log makes it red. It is
    noted if asked to, under the commit that the run began with; so is a run that breaks, and the error is raised.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"{what}-{asked.seed}-"))
    say(f"seed {asked.seed}, logs in {folder}")
    commit, began = ledger.commit() if asked.ledger else "", time.monotonic()

    def note(report: ledger.Came) -> None:
        if asked.ledger:
            seconds = time.monotonic() - began
            ledger.write(
                ledger.run_of(what, commit, asked.seed, seconds, report, asked=_besides(asked))
            )

    try:
        report = _without_people(course(folder), folder)
    except Exception as error:
        note(ledger.broke(error))
        raise
    note(report)
    seconds = time.monotonic() - began
    for line in (*told(report), f"seed {asked.seed}, {seconds:.0f} s, logs in {folder}"):
        say(line)
    sys.stdout.buffer.write(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")
    return 0 if report.proven else 1


def _besides(asked: argparse.Namespace) -> list[str]:
    """Returns what was asked of a run besides its seed, and that it be noted."""
    given = vars(asked).items() - {"seed": asked.seed, "ledger": asked.ledger}.items()
    return [f"--{name} {value}" for name, value in sorted(given) if value not in (None, False)]


def _without_people(report: R, folder: Path) -> R:
    """Returns the report, red if a log names somebody."""
    told = [f"personal data in {log}" for log in logs_that_tell(folder)]
    for line in told:
        say(line)
    return replace(report, proven=False, amiss=(*report.amiss, *told)) if told else report


def logs_that_tell(folder: Path) -> list[str]:
    """Returns which logs name an address or a number to call, and how often; never what it is."""
    found = {path.name: len(PERSONAL.findall(path.read_bytes())) for path in folder.rglob("*.log")}
    return [f"{name}, {count} times" for name, count in sorted(found.items()) if count]
