"""The README tells the truth: its topics are the catalogue's, and the runs that it counts are those of the ledger."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import ledger
from topics.catalogue import FOR_EVER, Topic, catalogue
from worker.lane import errors
from worker.lane.errors import LaneError
from worker.stream.finding import REMEDIES


def _topics() -> str:
    head = "| topic | carries | key | kept |\n| --- | --- | --- | --- |\n"
    return head + "".join(map(_row, catalogue()))


def _row(topic: Topic) -> str:
    if topic.cleanup == "compact":
        kept = "compacted"
    elif topic.retention_ms == FOR_EVER:
        kept = "for ever"
    else:
        kept = f"{topic.retention_ms // 86_400_000} days"
    return f"| `{topic.name}` | {topic.carries} | {topic.key} | {kept} |\n"


def _runs() -> str:
    return ledger.table(ledger.runs())


def test_the_runbook_names_what_a_worker_ends_with_and_doctor_finds(root: Path) -> None:
    _, _, runbook = (root / "README.md").read_text(encoding="utf-8").partition("### When something")
    rows = set(re.findall(r"^\| .*?\|", runbook, re.MULTILINE))
    named = set(re.findall(r"`([A-Z]\w+)`", " ".join(rows)))
    ends = {name for name, one in vars(errors).items() if _ends_a_worker(one)}
    assert named == ends
    assert {name for name in REMEDIES if name[0].isupper()} <= ends


def test_every_room_is_named(root: Path, python_files: list[Path]) -> None:
    house = (root / "README.md").read_text(encoding="utf-8").partition("## The house")[2]
    named = set(re.findall(r"\w+", house.partition("```\n")[2].partition("```")[0]))
    rooms = {
        part
        for file in python_files
        for part in file.parts[:-1]
        if file.parts[0] != "tests" or "unit" not in file.parts
    }
    assert rooms - named == set()


def _ends_a_worker(one: object) -> bool:
    return isinstance(one, type) and LaneError in one.__mro__[1:]


@pytest.mark.parametrize("name, truth", [("topics", _topics), ("runs", _runs)])
def test_the_readme_says_what_the_tree_says(
    root: Path, rewrite: bool, name: str, truth: Callable[[], str]
) -> None:
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8")
    region = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    current, found = region.subn(lambda region: f"{region[1]}{truth()}{region[2]}", text)
    assert found == 1
    if rewrite:
        readme.write_text(current, encoding="utf-8")
    assert text == current or rewrite, "pytest tests/house --rewrite"
