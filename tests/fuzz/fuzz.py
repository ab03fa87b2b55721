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
    from tests.fuzz.mutating import JSON, PACKED, mutated
    from tests.fuzz.seeds import seeds, words
    from tests.fuzz.targets import TARGETS

KEPT = Path(__file__).parents[2] / ".cache" / "fuzz"
FORMS = {"decoder": JSON, "oracle": JSON, "life": JSON, "state": PACKED}
"""What is changed as more than bytes."""
SLOWEST_SECONDS = 20
"""One input takes no longer: the checker of policies searches, and instrumented code is slow."""
LARGEST = 16_384


def main() -> int:
    """Runs each target asked for in a process of its own; returns how many of them found something."""
    asked = argparse.ArgumentParser(description="Look for input that breaks a promise.")
    asked.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}")
    asked.add_argument("--seconds", type=int, default=300, help="for each of them")
    asked.add_argument("--only", choices=TARGETS, help=argparse.SUPPRESS)
    told = asked.parse_args()
    if unknown := set(told.targets) - TARGETS.keys():
        asked.error(f"no such target: {', '.join(unknown)}")
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
    dictionary = inputs.with_name("words")
    dictionary.write_bytes(b"".join(b'"%b"\n' % word for word in words(target)))
    options = [
        f"-dict={dictionary}",
        f"-max_total_time={seconds}",
        f"-timeout={SLOWEST_SECONDS}",
        f"-max_len={LARGEST}",
        f"-artifact_prefix={inputs.parent}/",
        "-print_final_stats=1",
        str(inputs),
    ]
    form = FORMS.get(target)
    if form is None:
        atheris.Setup([sys.argv[0], *options], TARGETS[target])
    else:
        atheris.Setup(
            [sys.argv[0], *options],
            TARGETS[target],
            custom_mutator=lambda data, most, seed: mutated(data, most, seed, form, atheris.Mutate),
        )
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
