"""One experiment after another: what it did, what was seen of it, when lag was 0 again, and what the oracle says."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.faults.installation import Installation, NotHealed
from tests.faults.verdict import anomalies
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
    seen: str = ""
    healed_seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

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
    result.wrong += await anomalies(place.direct, place.folder / f"{result.name}.jsonl")
    say(result.line())
    return result


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
