"""A room is named by what it holds."""

from __future__ import annotations

from pathlib import Path

import pytest

SAY_NOTHING = {"base", "common", "helper", "helpers", "manager", "service", "util", "utils"}


def says_nothing(path: Path) -> bool:
    """Tells whether a folder or file of this path is named by no subject."""
    words = {word for part in path.with_suffix("").parts for word in part.split("_")}
    return bool(words & SAY_NOTHING)


def test_no_room_is_called_utils(tracked: list[Path]) -> None:
    assert [str(path) for path in tracked if says_nothing(path)] == []


@pytest.mark.parametrize("name", ["worker/utils/x.py", "worker/lane/base.py", "a/topic_manager.py"])
def test_a_name_without_a_subject_is_found(name: str) -> None:
    assert says_nothing(Path(name))


def test_there_is_one_clock(python_files: list[Path]) -> None:
    clocks = [str(path) for path in python_files if path.name == "clock.py"]
    assert len(clocks) <= 1, "only one file may read the wall clock"
