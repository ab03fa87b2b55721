"""Every story comes out as it is written, and every rule of the published systems has one."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from worker.ops.story import read_story

HERE = Path(__file__).parent
STORIES = sorted(HERE.glob("*/*.txt"))

RULES = {
    policy: [f"{source}-{number}" for number in range(1, last + 1)]
    for policy, source, last in (
        ("hand-raiser", "F0", 21),
        ("hand-raiser-recycled", "F1", 8),
        ("inside-sales", "IH", 37),
        ("profile-first", "HZ", 17),
        ("viable-first", "TL", 12),
    )
}
"""Rule ids of the published systems, by policy."""

TOLD_ELSEWHERE = {
    "F1-4": "the reason for F1-3: mail that nobody opens harms the delivery of all other mail",
    "F1-6": "a report, counted from the outcomes by month and source; no status depends on it",
    "F1-7": "every outcome names policy, version and digest, and `policy show` prints what they mean",
    "IH-3": "a principle: eleven statuses, each explained where it is defined",
}
"""Rule ids without a story, and why."""


@pytest.mark.parametrize("path", STORIES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_story_is_told_as_written(path: Path, rewrite: bool) -> None:
    story = read_story(path, path.parent.name)
    if rewrite:
        path.write_text(story.told, encoding="utf-8")
    assert story.told.splitlines() == path.read_text(encoding="utf-8").splitlines()


def test_every_rule_has_a_story(rewrite: bool) -> None:
    shown: dict[str, list[str]] = defaultdict(list)
    for path in STORIES:
        for rule in read_story(path, path.parent.name).ids:
            shown[rule].append(path.relative_to(HERE).as_posix())
    known = {rule for rules in RULES.values() for rule in rules}
    assert shown.keys() | TOLD_ELSEWHERE.keys() == known
    assert not shown.keys() & TOLD_ELSEWHERE.keys()
    table = HERE / "README.md"
    if rewrite:
        table.write_text(_table(shown), encoding="utf-8")
    assert table.read_text(encoding="utf-8") == _table(shown), "pytest tests/stories --rewrite"


def _table(shown: dict[str, list[str]]) -> str:
    lines = [
        "# Which story shows which rule",
        "",
        "Written by `pytest tests/stories --rewrite`. How to read a story: `worker/ops/story.py`.",
        "",
        "| rule | story |",
        "| --- | --- |",
    ]
    for rules in RULES.values():
        for rule in rules:
            where = [f"[{path}]({path})" for path in shown.get(rule, [])]
            lines.append(f"| {rule} | {', '.join(where) or TOLD_ELSEWHERE[rule]} |")
    return "\n".join(lines) + "\n"
