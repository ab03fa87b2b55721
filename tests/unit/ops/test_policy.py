"""`policy list|show|check|test`: output and exits."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from worker.ops.policy import command
from worker.presets import NAMES, load, text_of

STORY = """# A-1: a story
2024-03-01T09:00 form-submission form_id=pricing
    {expected}
"""


def policy(*words: str) -> Result:
    return CliRunner().invoke(command, list(words))


def test_list_names_every_shipped_policy() -> None:
    rows = [json.loads(line) for line in policy("list", "--json").stdout.splitlines()]
    assert [row["name"] for row in rows] == list(NAMES)
    assert rows[0]["digest"] == load(NAMES[0]).digest


def test_show_writes_the_file_or_what_is_in_force() -> None:
    assert policy("show", "inside-sales").stdout == text_of("inside-sales")
    shown = json.loads(policy("show", "inside-sales", "--json").stdout)
    assert shown["digest"] == load("inside-sales").digest
    assert shown["policy"]["name"] == "inside-sales"
    assert policy("show", "unheard-of").exit_code == 2


def test_check_says_no_with_every_finding(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('extends = "inside-sales"\n[status.mql]\nphase = "P9"\nteam = "legal"\n')
    answer = policy("check", str(path), "--json")
    assert answer.exit_code == 1
    assert len(json.loads(answer.stdout)["findings"]) == 2
    assert policy("check", "inside-sales").exit_code == 0


def test_a_story_that_comes_out_otherwise_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "story.txt"
    path.write_text(STORY.format(expected="something else"), encoding="utf-8")
    answer = policy("test", str(path))
    assert answer.exit_code == 1
    assert "written something else" in answer.stdout
    assert "told    status-change: new -> mql" in answer.stdout


def test_a_story_that_cannot_be_read_is_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "story.txt"
    path.write_text('# A-1: a story\n2024-03-01T09:00 form-submission "unclosed\n')
    assert policy("test", str(path)).exit_code == 2
    assert policy("test", str(path), "--policy", "unheard-of").exit_code == 2
