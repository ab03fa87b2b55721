"""Fuzzes the targets one after the other: `python -m tests.fuzz.fuzz [TARGET ...] [--seconds N]`, or `make fuzz`.

What was found interesting is kept under `.cache/fuzz/<target>/inputs` and begun with the next time; an input that
breaks a promise lies beside it, as `crash-...`, and is said.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["schemas", "topics", "worker"]):
    from tests.fuzz.mutating import mutated
    from tests.fuzz.seeds import seeds
    from tests.fuzz.targets import TARGETS

KEPT = Path(__file__).parents[2] / ".cache" / "fuzz"
MUTATED_AS_JSON = {"decoder", "life"}
SLOWEST_SECONDS = 20
"""One input takes no longer: the checker of policies searches, and instrumented code is slow."""
LARGEST = 16_384


def main() -> int:
    """Runs each target asked for in a process of its own; returns how many of them found something."""
    asked = argparse.ArgumentParser(description="Look for input that breaks a promise.")
    asked.add_argument("targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET")
    asked.add_argument("--seconds", type=int, default=300)
    asked.add_argument("--only", choices=TARGETS, help=argparse.SUPPRESS)
    told = asked.parse_args()
    if told.only:
        fuzz(told.only, told.seconds)
    one = [sys.executable, "-m", "tests.fuzz.fuzz", "--seconds", str(told.seconds), "--only"]
    targets = told.targets or list(TARGETS)
    return sum(subprocess.call([*one, target]) != 0 for target in targets)


def fuzz(target: str, seconds: int) -> None:
    """Fuzzes one target, and ends the process."""
    inputs = KEPT / target / "inputs"
    inputs.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(target)):
        (inputs / f"seed-{number}").write_bytes(seed)
    options = [
        f"-max_total_time={seconds}",
        f"-timeout={SLOWEST_SECONDS}",
        f"-max_len={LARGEST}",
        f"-artifact_prefix={inputs.parent}/",
        "-print_final_stats=1",
        str(inputs),
    ]
    if target in MUTATED_AS_JSON:
        atheris.Setup([sys.argv[0], *options], TARGETS[target], custom_mutator=_mutated)
    else:
        atheris.Setup([sys.argv[0], *options], TARGETS[target])
    atheris.Fuzz()


def _mutated(data: bytes, most: int, seed: int) -> bytes:
    return mutated(data, most, seed, atheris.Mutate)


if __name__ == "__main__":
    sys.exit(main())
