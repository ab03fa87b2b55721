"""A submission has to pass another plan for each change of the worker, the same for the same one, and says which."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

NOTE = '#!/bin/sh\necho "$@" >> "$MADE"\n'
"""In the place of make: what was asked of it."""
CALLER = ("GIT_", "MAKE", "SEED", "FIRST")
"""Begins what these tests would inherit of a hook, or of the make that runs them."""
ALONE = {name: value for name, value in os.environ.items() if not name.startswith(CALLER)}
SOMEBODY = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in {"NAME": "a", "EMAIL": "a@example.org", "DATE": "2026-01-01T00:00Z"}.items()
}


def _told(*command: str | Path, at: Path, **more: str) -> str:
    done = subprocess.run(
        command, cwd=at, env=ALONE | more, check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.fixture
def history(root: Path, tmp_path: Path) -> Path:
    """A repository with `.ci/run` and a worker that was changed, and then words about it."""
    here = tmp_path / "history"
    (here / ".ci").mkdir(parents=True)
    shutil.copy(root / ".ci" / "run", here / ".ci" / "run")
    (here / "worker").mkdir()
    _told("git", "init", "--quiet", at=here)
    for changed in ("worker/run.py", "worker/more.py", "README.md"):
        (here / changed).write_text("")
        _told("git", "add", ".", at=here)
        _told("git", "commit", "-m", changed, at=here, **SOMEBODY)
    return here


def ran(tree: Path) -> tuple[str, list[str]]:
    """Returns what `.ci/run` said, and what it asked of make."""
    made, tools = tree / "made", tree / "tools"
    tools.mkdir()
    (tools / "make").write_text(NOTE)
    (tools / "make").chmod(0o755)
    path = f"{tools}:{os.environ['PATH']}"
    told = _told(tree / ".ci" / "run", at=tree, PATH=path, MADE=str(made))
    return told, made.read_text().splitlines()


def test_each_change_of_the_worker_has_a_seed_of_its_own_in_a_shallow_clone_too(
    history: Path, tmp_path: Path
) -> None:
    seeds = []
    for commit in ("HEAD", "HEAD~1", "HEAD~2"):
        _told("git", "branch", "--force", "pushed", commit, at=history)
        shallow = tmp_path / commit
        words = ("git", "clone", "--depth", "1", "--branch", "pushed")
        _told(*words, history.as_uri(), shallow, at=tmp_path)
        told, made = ran(shallow)
        said = re.search(r"^seed (\d+)\b", told, re.MULTILINE)
        assert said is not None
        seeds.append(int(said[1]))
        assert f"proof SEED={seeds[-1]}" in made
        assert f"simulation FIRST={seeds[-1] * 2_000}" in made
    assert seeds[0] == seeds[1] != seeds[2]
    assert all(1 <= seed <= 1_000 for seed in seeds)


def test_make_hands_the_seed_on_to_every_part_of_the_proof(root: Path) -> None:
    told = _told("make", "-n", "proof", "SEED=77", at=root).splitlines()
    asked = [line for line in told if "tests.faults" in line]
    assert len(asked) == 4
    assert all("--seed 77" in line for line in asked)


def test_a_simulation_begins_where_it_is_told_to(root: Path) -> None:
    for words, begins in ((("FIRST=154000",), 154_000), ((), 0)):
        asked = _told("make", "-n", "simulation", *words, at=root)
        assert f"--from {begins} --seeds 2000" in asked
