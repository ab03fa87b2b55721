"""One experiment after another: what it did, what was seen of it, when lag was 0 again, and what the oracle says."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import zip_longest
from pathlib import Path

from tests.faults.installation import Installation, NotHealed
from tests.faults.ledger import Came
from tests.faults.verdict import held_against, wrong_in
from tests.kafka.worker_process import Worker

TRAFFIC_SEEDS = 10**6
GOES_ON_SECONDS = 2.0
"""Traffic goes on so long after the last fault has healed."""


class Vacuous(Exception):
    """The fault was not seen to happen, or a process is not in the state that it should have left it in."""


@dataclass
class Result:
    """What one experiment was and what came of it; `healed_seconds` count from the fault's end to lag 0."""

    name: str
    where: str
    seed: int
    fault: str
    """What was done, as all of its kind are called."""
    seen: str = ""
    deaths: int = 0
    """Of workers, with something under way."""
    healed_seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)
    anomalies: dict[str, int] = field(default_factory=dict)
    """What the judge has named."""
    judged: dict[str, int] = field(default_factory=dict)

    def line(self) -> str:
        """Returns it as a line for people."""
        verdict = "; ".join(self.wrong[:5]) or "ok"
        what = f"{self.name:14} {self.where}: {self.seen or 'not seen'}"
        return f"{what}; lag 0 after {self.healed_seconds:.1f} s: {verdict}"


async def tried(
    place: Installation, result: Result, course: Callable[[], Awaitable[None]]
) -> Result:
    """Runs a course and has it judged; every fault is healed and every worker gone afterwards."""
    try:
        await course()
    except (NotHealed, Vacuous, TimeoutError) as error:
        result.wrong.append(f"{type(error).__name__}: {error}")
    finally:
        for proxy in place.proxies:
            proxy.heal()
        place.dismiss()
    report = await held_against(place.direct, place.folder / f"{result.name}.jsonl")
    result.wrong += wrong_in(report)
    result.anomalies, result.judged = report.anomalies, report.judged
    say(result.line())
    return result


def sum_of(results: Sequence[Result]) -> Came:
    """Sums experiments up, as the ledger asks of every run."""
    done = Counter(one.fault for one in results)
    bitten = Counter(one.fault for one in results if one.seen)
    wrong = [what for one in results for what in one.wrong]
    deaths = sum(one.deaths for one in results)
    return Came(
        proven=bool(results) and not wrong,
        verdict="FAIL" if wrong else "PASS",
        anomalies=sum((Counter(one.anomalies) for one in results), Counter()),
        amiss=[what for one in results if not one.anomalies for what in one.wrong],
        deaths=deaths,
        deaths_with_work_left=deaths,
        judged=_judged(results),
        faults={fault: (times, bitten[fault]) for fault, times in done.items()},
    )


def _judged(results: Sequence[Result]) -> Counter[str]:
    """Adds up what was judged: what is on a cluster after one experiment is there after the next, and judged again."""
    total = Counter[str]()
    for one, after in zip_longest(results, results[1:]):
        if after is None or after.judged.get("items", 0) < one.judged.get("items", 0):
            total.update(one.judged)
    return total


def alive(worker: Worker) -> None:
    """Makes sure that a worker has not ended by itself."""
    if worker.process.poll() is not None:
        raise Vacuous(f"a worker ended: {worker.told()[-500:]}")


def say(line: str) -> None:
    """Puts a line on the screen at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def closed(results: Sequence[Result], path: Path | None) -> int:
    """Says what came of all of them, writes them down if asked to, and returns the exit status."""
    if path is not None:
        text = json.dumps([asdict(one) for one in results], indent=1)
        await asyncio.to_thread(path.write_text, text)
    failed = [one.name for one in results if one.wrong]
    say(f"{len(results)} experiments, {len(failed)} with something wrong {failed or ''}")
    return 1 if failed or not results else 0
