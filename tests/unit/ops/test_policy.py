"""`policy list|show|check|test`: output and exits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from worker.ops.policy import command
from worker.ops.simulate import command as simulate
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
    found = json.loads(answer.stdout)["findings"]
    assert [(one["code"], one["file"], one["line"]) for one in found] == [
        ("unknown_word", str(path), 3),
        ("unknown_word", str(path), 4),
    ]
    told = policy("check", str(path))
    assert f"{path}:3: status.mql.phase: " in told.stdout
    assert told.exit_code == 1


def test_check_says_what_is_worth_knowing_and_yes() -> None:
    answer = policy("check", "inside-sales")
    assert answer.exit_code == 0
    assert "remark: inside-sales.toml:" in answer.stdout
    assert answer.stdout.endswith("inside-sales: nothing wrong\n")
    told = json.loads(policy("check", "inside-sales", "--json").stdout)
    assert told["findings"] == []
    assert {one["code"] for one in told["remarks"]} == {"order_matters"}


def test_a_file_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    absent = str(tmp_path / "absent.toml")
    for words in (
        ("check", absent),
        ("check", "hand-raiser", "--against", absent),
        ("graph", absent),
    ):
        answer = policy(*words)
        assert answer.exit_code == 2
        assert "neither a file" in answer.output


def test_check_against_another_policy_says_where_its_leads_go(tmp_path: Path) -> None:
    answer = policy("check", "hand-raiser", "--against", "hand-raiser-recycled")
    assert answer.exit_code == 1
    assert "recycled would be nowhere" in answer.output
    path = tmp_path / "new.toml"
    path.write_text('extends = "hand-raiser"\n[moved]\nrecycled = "disqualified"\n')
    answer = policy("check", str(path), "--against", "hand-raiser-recycled", "--json")
    assert answer.exit_code == 0
    assert json.loads(answer.stdout)["moved"] == {"recycled": "disqualified"}
    told = policy("check", str(path), "--against", "hand-raiser-recycled").stdout
    assert 'leads in "recycled" go to disqualified' in told
    assert json.loads(policy("check", "hand-raiser", "--json").stdout).keys() == {
        "file",
        "findings",
        "remarks",
    }


def test_a_policy_that_cannot_be_used_is_neither_drawn_nor_simulated(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('extends = "hand-raiser"\n[status.sql]\nstay = []\n')
    for answer in (
        policy("graph", str(path)),
        CliRunner().invoke(simulate, ["--policy", str(path)]),
    ):
        assert answer.exit_code == 2
        assert f"{path}:2: status.sql: no longest stay" in answer.output


def test_an_older_policy_is_compared_with_though_it_would_not_pass_today(tmp_path: Path) -> None:
    path = tmp_path / "old.toml"
    path.write_text('extends = "hand-raiser"\n[status.sql]\nstay = []\n')
    assert policy("check", "hand-raiser", "--against", str(path)).exit_code == 0
    path.write_text('extends = "hand-raiser"\n[status.sql]\nphase = "P9"\n')
    answer = policy("check", "hand-raiser", "--against", str(path))
    assert answer.exit_code == 2
    assert f"{path}:3: status.sql.phase" in answer.output


def test_a_story_that_comes_out_otherwise_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "story.txt"
    path.write_text(STORY.format(expected="something else"), encoding="utf-8")
    answer = policy("test", str(path), "--json")
    assert answer.exit_code == 1
    assert json.loads(answer.stdout)["as_written"] is False
    answer = policy("test", str(path))
    assert answer.exit_code == 1
    assert "written something else" in answer.stdout
    assert "told    status-change: new -> mql" in answer.stdout


def test_a_story_that_cannot_be_read_is_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "story.txt"
    path.write_text('# A-1: a story\n2024-03-01T09:00 form-submission "unclosed\n')
    assert policy("test", str(path)).exit_code == 2
    assert policy("test", str(path), "--policy", "unheard-of").exit_code == 2


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "line 1 should be a heading"),
        ('{"a": 1}\n', "line 1 should be a heading"),
        ("# A-1: a story\n", "nothing happens in it"),
        ("# A-1: a story\nformat = 1\n", "line 2: = is none of wait, state, account-update"),
        ("# A-1: a story\n2024-03-01T09:00\n", "line 2: "),
        ("# A-1: a story\n2024-03-01T09:00 web-visit a=1 a.b=2\n", "line 2: a is a value"),
    ],
)
def test_what_is_no_story_is_bad_input_and_said(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "story.txt"
    path.write_text(text)
    answer = policy("test", str(path))
    assert answer.exit_code == 2
    assert f"{path}: {said}" in answer.output
    assert policy("test", str(tmp_path)).exit_code == 2
