"""The README tells the truth: its table of topics is the catalogue's."""

from __future__ import annotations

import re
from pathlib import Path

from topics.catalogue import FOR_EVER, Topic, catalogue

REGION = re.compile(r"(<!-- topics -->\n).*?(<!-- /topics -->)", re.DOTALL)


def test_the_readme_lists_the_topics_of_the_catalogue(root: Path, rewrite: bool) -> None:
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8")
    current = REGION.sub(lambda found: f"{found[1]}{_table()}{found[2]}", text)
    if rewrite:
        readme.write_text(current, encoding="utf-8")
    assert text == current or rewrite, "pytest tests/house --rewrite"


def _table() -> str:
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
