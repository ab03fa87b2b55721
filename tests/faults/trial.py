"""One experiment after another: what it did, what was seen of it, when lag was 0 again, and what the oracle says."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.faults.installation import Installation, Slices
from tests.faults.ledger import Came
from tests.faults.telling import say
from tests.faults.verdict import held_against, wrong_in
from tests.kafka.worker_process import Worker
from worker.ops.verify.report import Report

TRAFFIC_SEEDS = 10**6
GOES_ON_SECONDS = 2.0
"""Traffic goes on so long after the last fault has healed."""


class Vacuous(Exception):
    """The fault was not seen to happen, or a process is not in the state that it should have left it in."""


class Ended(Exception):
    """A worker has ended by itself, or not as it was asked to."""


@dataclass
class Result:
    """What one experiment was and what came of it; `healed_seconds` as `healing` has it."""

    name: str
    where: str
    seed: int
    fault: str
    """What was done, as all of its kind are called."""
    seen: str = ""
    deaths: int = 0
    """Of workers."""
    deaths_with_work_left: int = 0
    """Those that left records which had come and were not durably done."""
    leaves_work: bool = False
    """Whether each death has to leave some: else the fault was not where it should have been."""
    slices: Slices = field(default_factory=Slices)
    """Of traffic."""
    healed_seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)
    anomalies: dict[str, int] = field(default_factory=dict)
    """What the judge has named."""
    lacking: list[str] = field(default_factory=list)
    """What it should have shown, and has not."""
    judged: dict[str, int] = field(default_factory=dict)
    logs: str = ""
    """The folder of its cluster."""

    @property
    def red(self) -> bool:
        """Returns whether anything was wrong, or too little was shown."""
        return bool(self.wrong or self.lacking)

    def line(self) -> str:
        """Returns it as a line for people."""
        verdict = "; ".join([*self.wrong, *self.lacking][:5]) or "ok"
        what = f"{self.name:14} {self.where}: {self.seen or 'not seen'}"
        return f"{what}; lag 0 after {self.healed_seconds:.1f} s: {verdict}"


@dataclass(frozen=True)
class Tried(Came):
    """Of experiments."""

    experiments: tuple[Result, ...]


async def tried(
    place: Installation, result: Result, course: Callable[[], Awaitable[None]]
) -> Result:
    """Runs a course and has it judged; every fault is healed and every worker gone afterwards."""
    try:
        await course()
    except Vacuous as error:
        result.lacking.append(str(error))
    except Exception as error:  # noqa: BLE001 - this one is red, and the next is tried all the same
        traceback.print_exc()
        result.wrong.append(f"{type(error).__name__}: {error}")
    finally:
        for proxy in place.proxies:
            proxy.heal()
        place.dismiss()
    result.logs, result.slices = str(place.folder), place.slices
    conclude(result, await held_against(place.direct, place.folder / f"{result.name}.jsonl"))
    say(result.line())
    return result


def conclude(result: Result, report: Report) -> None:
    """Notes what the judge has found, and whether there was work: for who died, and at all."""
    result.wrong += wrong_in(report)
    result.anomalies, result.judged = report.anomalies, report.judged
    if result.leaves_work and result.deaths > result.deaths_with_work_left:
        result.lacking.append("who died had left nothing to do")
    if result.slices.failed and not result.slices.through:
        result.lacking.append("no traffic came through")


def sum_of(results: Sequence[Result]) -> Tried:
    """Sums experiments up, as the ledger asks of every run."""
    done = Counter(one.fault for one in results)
    bitten = Counter(one.fault for one in results if one.seen and not one.lacking)
    wrong = [what for one in results for what in one.wrong]
    return Tried(
        proven=bool(results) and not any(one.red for one in results),
        verdict="FAIL" if any(one.anomalies for one in results) else "UNKNOWN" if wrong else "PASS",
        anomalies=sum((Counter(one.anomalies) for one in results), Counter()),
        amiss=[what for one in results if not one.anomalies for what in one.wrong],
        deaths=sum(one.deaths for one in results),
        deaths_with_work_left=sum(one.deaths_with_work_left for one in results),
        judged=_judged(results),
        faults={fault: (times, bitten[fault]) for fault, times in done.items()},
        experiments=tuple(results),
    )


def _judged(results: Sequence[Result]) -> Counter[str]:
    """Adds up what was judged: what is on a cluster after one experiment is there after the next, and judged again."""
    last = {one.logs: one.judged for one in results}
    return sum((Counter(judged) for judged in last.values()), Counter())


def alive(worker: Worker) -> None:
    """Makes sure that a worker has not ended by itself."""
    if worker.process.poll() is not None:
        raise Ended(worker.told()[-500:])


def told(report: Tried) -> Iterator[str]:
    """Yields what all of them came to, in words; each has been told when it ended."""
    red = [one.name for one in report.experiments if one.red]
    yield f"{len(report.experiments)} experiments, {len(red)} of them red {red or ''}"
