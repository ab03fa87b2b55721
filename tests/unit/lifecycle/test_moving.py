"""Where leads go that are in a status which a new policy lacks."""

from __future__ import annotations

from pathlib import Path

from worker.lifecycle.moving import homes_of, statuses_without_a_home
from worker.presets import load


def laid_over(folder: Path, text: str) -> str:
    path = folder / "new.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_policy_has_a_home_for_each_of_its_own_leads() -> None:
    assert homes_of(load("inside-sales"), load("inside-sales")) == {}


def test_a_status_that_is_not_there_has_no_home_unless_the_policy_says_so(tmp_path: Path) -> None:
    old = load("hand-raiser-recycled")
    assert statuses_without_a_home(old, load("hand-raiser")) == ("recycled",)
    new = laid_over(tmp_path, 'extends = "hand-raiser"\n[moved]\nrecycled = "disqualified"\n')
    assert homes_of(old, load(new)) == {"recycled": "disqualified"}
    assert statuses_without_a_home(old, load(new)) == ()


def test_leads_of_a_disabled_status_go_to_the_next_that_is_enabled(tmp_path: Path) -> None:
    text = 'extends = "profile-first"\ndisabled = ["in_profile", "sal"]\n'
    old = load("profile-first")
    assert homes_of(old, load(laid_over(tmp_path, text))) == {"in_profile": "mql", "sal": "sql"}
    text += '[moved]\nsal = "mql"\n'
    assert homes_of(old, load(laid_over(tmp_path, text)))["sal"] == "mql"
