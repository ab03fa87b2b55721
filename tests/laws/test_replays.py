"""A log told again gives the same bytes, in another process and under any hash seed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import Phase, given, settings

from schemas import spine
from tests.laws.replaying import Told
from tests.laws.telling import Life, lives

ROOT = Path(__file__).parents[2]
SEEDS = ["0", "1", "4242"]


@pytest.fixture(scope="module")
def log() -> bytes:
    """A hundred lives, one a line."""
    lines: list[bytes] = []

    @settings(max_examples=100, database=None, phases=[Phase.generate])
    @given(lives())
    def collect(life: Life) -> None:
        policy, history = life
        messages = [spine.encode(activity).decode() for activity in history]
        lines.append(msgspec.json.encode(Told(policy.text, messages)))

    collect()
    return b"\n".join(lines)


def digests(log: bytes, *arguments: str) -> set[bytes]:
    """Returns the digests of what processes with different hash seeds make of a log."""
    return {
        subprocess.run(
            [sys.executable, "-m", "tests.laws.replaying", *arguments],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            input=log,
            check=True,
            capture_output=True,
        ).stdout
        for seed in SEEDS
    }


def test_a_log_told_again_gives_the_same_bytes_under_any_hash_seed(log: bytes) -> None:
    assert len(digests(log)) == 1


def test_an_order_that_depends_on_the_hash_seed_is_found(log: bytes) -> None:
    assert len(digests(log, "--by-set")) == len(SEEDS)
