"""What all runs with faults came to: `ledger.jsonl`, one object a line, and what README says by it.

A run adds its line when it is asked to (`--ledger`), whatever it came to. Lines are only added: what was wrong once
and is mended stays.
"""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import orjson

LEDGER = Path(__file__).with_name("ledger.jsonl")
ROOT = Path(__file__).parents[2]
OURS = "LEAD_ROUTER_LIMITS__", "LEAD_ROUTER_PARTITIONS"
"""How settings begin of which a run's figures depend."""
UNSEEN = ("a worker for three, three for one, one more, one less", "the only broker without power")
"""What proofs until 2026-11-27 noted as seen to bite because it was done: nobody had looked."""


@dataclass(frozen=True)
class Came:
    """What a run came to; `proven` if it showed all that one of its kind has to, and nothing was wrong."""

    proven: bool
    verdict: str
    """Of the judge."""
    anomalies: Mapping[str, int]
    """What the judge named, while faults went on and after."""
    amiss: Sequence[str]
    """What was wrong besides."""
    deaths: int
    deaths_with_work_left: int
    judged: Mapping[str, int]
    faults: Mapping[str, tuple[int, int]]
    """What was done, how often, and how often it was seen to bite."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `commit` is the code's, `seconds` how long it took."""

    what: str
    on: str
    """Its date, YYYY-MM-DD."""
    commit: str
    seed: int
    seconds: int
    deaths: int
    """Posts killed, of one process or three; until 2026-11-27 proofs left out those killed to make room for a fault,
    until 2026-11-28 `upgrade_run` all, and `hunt` does."""
    items: int
    """Of the inputs."""
    outcomes: int
    anomalies: int
    """What the judge named, and what was amiss besides: deadlines that nobody let go, lag that stayed."""
    verdict: str
    """Of the judge."""
    shown: bool
    """Whether the run has shown all that one of its kind has to."""
    deaths_with_work_left: int = 0
    """Those that left something to do; not noted before 2026-11-27."""
    faults: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """What was done, by what it was: how often, and how often it was seen to bite. Not noted before 2026-11-27."""
    asked: str = ""
    """What was asked of it besides a seed, and what of the worker was set; not noted before 2026-11-28."""


def broke(error: Exception) -> Came:
    """Returns what a run comes to that ended with an error before anybody judged it."""
    return Came(
        proven=False,
        verdict="UNKNOWN",
        anomalies={},
        amiss=(f"the run broke: {type(error).__name__}",),
        deaths=0,
        deaths_with_work_left=0,
        judged={},
        faults={},
    )


def run_of(
    what: str, commit: str, seed: int, seconds: float, report: Came, *, asked: Sequence[str] = ()
) -> Run:
    """Returns the line of a run that has just ended, and of which so much was asked besides its seed."""
    settings = [f"{name}={value}" for name, value in os.environ.items() if name.startswith(OURS)]
    return Run(
        what=what,
        on=datetime.now(UTC).date().isoformat(),
        commit=commit,
        seed=seed,
        seconds=round(seconds),
        deaths=report.deaths,
        items=report.judged.get("items", 0),
        outcomes=report.judged.get("outcomes", 0),
        anomalies=sum(report.anomalies.values()) + len(report.amiss),
        verdict=report.verdict,
        shown=report.proven,
        deaths_with_work_left=report.deaths_with_work_left,
        faults={fault: list(counts) for fault, counts in report.faults.items()},
        asked=" ".join([*sorted(settings), *asked]),
    )


def commit() -> str:
    """Returns the code's commit, marked if files differ from it other than the ledger."""
    head = _git("rev-parse", "--short=7", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no", f":!{LEDGER.relative_to(ROOT)}")
    return f"{head}-dirty" if changed else head


def _git(*asked: str) -> str:
    told = subprocess.run(["git", *asked], cwd=ROOT, check=True, capture_output=True, text=True)
    return told.stdout.strip()


def write(run: Run, path: Path = LEDGER) -> None:
    """Adds a line."""
    with path.open("ab") as file:
        file.write(orjson.dumps(asdict(run)) + b"\n")


def runs(path: Path = LEDGER) -> Iterator[Run]:
    """Yields what is written down."""
    for line in path.read_bytes().splitlines():
        yield Run(**orjson.loads(line))


def table(all_runs: Iterable[Run]) -> str:
    """Returns the runs by their kind as Markdown, and what follows for the rate of failures."""
    everything, by_kind = list(all_runs), dict[str, list[Run]]()
    for run in everything:
        by_kind.setdefault(run.what, []).append(run)
    rows = [_row(kind, found) for kind, found in by_kind.items()]
    return (
        "| runs | of them showing all they have to | hours | workers killed | items in | outcomes | named by the judge"
        " | late or left undone |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
        + "".join(rows)
        + _newest(everything)
        + f"\nIn all, workers were killed at least {sum(run.deaths for run in everything):,} times.\n"
        + _bound(
            everything, "the judge named anything", "loses, doubles or forgets something", named
        )
        + _bound(everything, "anything was late or left undone", "breaks any promise", anomalies)
        + "\nWhere nobody looked, what was done counted as seen; it has a row of its own, by another name, since.\n"
        "\n| what was done | how often | seen to bite |\n| --- | --- | --- |\n"
        + "".join(_faults(everything))
    )


def _newest(everything: list[Run]) -> str:
    return f"\nThe newest line is of {everything[-1].on}, at {everything[-1].commit}.\n"


def _row(kind: str, found: list[Run]) -> str:
    return (
        f"| {len(found)} of `{kind}` | {sum(run.shown for run in found)}"
        f" | {sum(run.seconds for run in found) / 3600:.1f} | {sum(run.deaths for run in found)}"
        f" | {sum(run.items for run in found):,} | {sum(run.outcomes for run in found):,}"
        f" | {sum(map(named, found))} | {sum(map(anomalies, found)) - sum(map(named, found))} |\n"
    )


def _faults(everything: list[Run]) -> Iterator[str]:
    done, bitten = Counter[str](), Counter[str]()
    for run in everything:
        for fault, (times, bites) in run.faults.items():
            done[fault] += times
            bitten[fault] += bites
    seen = {fault: f"{bites:,}" for fault, bites in bitten.items()}
    seen |= dict.fromkeys(UNSEEN, "nobody looked")
    return (f"| {fault} | {done[fault]:,} | {seen[fault]} |\n" for fault in sorted(done))


def anomalies(run: Run) -> int:
    """Returns how much was wrong, of whatever kind."""
    return run.anomalies


def named(run: Run) -> int:
    """Returns how much of it the judge may have named: all, if he named anything."""
    return run.anomalies if run.verdict == "FAIL" else 0


def _bound(everything: list[Run], what: str, which: str, wrong: Callable[[Run], int]) -> str:
    """Returns what the deaths since the last run of which something was wrong say, with 95 % confidence.

    Only those count that left something to do, in runs that have shown all they have to.
    """
    said, since = f"There was no run in which {what}: ", everything
    for number, run in enumerate(everything, 1):
        if wrong(run):
            said = f"The last run in which {what} was on {run.on}, at {run.commit}; since then: "
            since = everything[number:]
    deaths = sum(run.deaths_with_work_left for run in since if run.shown)
    if not deaths:
        return f"{said}nobody has died with work left, so nothing follows for the rate.\n"
    return (
        f"{said}{deaths} deaths that left something to do, in runs that have shown all they have to, whatever the"
        f" version was, which bounds the rate of one that {which} at 3/{deaths}, with 95 % confidence.\n"
    )
