"""How a policy comes from a file, and what is said of one that cannot be used."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from worker.lifecycle.language.policy import PolicyError
from worker.presets import NAMES, examined, load, text_of


def mine(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def findings(folder: Path, text: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        load(mine(folder, text))
    return list(map(str, caught.value.findings))


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_policy_opens_with_its_story(name: str) -> None:
    text = text_of(name)
    assert [line[:2] for line in text.splitlines()[:3]] == ["# ", "# ", ""]


def test_a_file_says_only_what_is_different(tmp_path: Path) -> None:
    text = 'extends = "inside-sales"\nname = "mine"\n[status.mql]\nstay = {for = "7 days", to = "inquiry"}\n'
    policy = load(mine(tmp_path, text))
    ground = load("inside-sales")
    assert list(policy.statuses) == list(ground.statuses)
    assert policy.status("mql").team == "inside_sales"
    (leg,) = policy.status("mql").stay
    assert leg.span is not None
    assert (leg.span.milliseconds, leg.to) == (7 * 86_400_000, "inquiry")
    assert [rule.id for rule in policy.rules] == [rule.id for rule in ground.rules]
    assert policy.digest != ground.digest


def test_a_rule_stands_where_the_rule_of_its_id_stood_and_a_new_one_comes_last(
    tmp_path: Path,
) -> None:
    text = """
        extends = "inside-sales"
        rule = [
          {id = "late", on = "form", from = "engaged", to = "mql"},
          {id = "tried", on = "attempt", from = "mql", to = "connected"},
        ]
    """
    policy, ground = load(mine(tmp_path, text)), load("inside-sales")
    assert [rule.id for rule in policy.rules] == [*(rule.id for rule in ground.rules), "late"]
    assert next(rule.to for rule in policy.rules if rule.id == "tried") == "connected"


def test_a_trait_is_replaced_as_a_whole(tmp_path: Path) -> None:
    text = 'extends = "viable-first"\n[trait.viable]\nplausible_email = true\n'
    assert '"viable":{"facts":{"plausible_email":true}}' in load(mine(tmp_path, text)).text


def test_the_digest_is_of_the_meaning_not_of_the_writing(tmp_path: Path) -> None:
    lines = ['extends = "inside-sales"', "[teams]", 'inside_sales = "sales"', 'channel = "channel"']
    again = [lines[0], "", "# a remark", "[teams]", lines[3], lines[2]]
    assert (
        load(mine(tmp_path, "\n".join(lines))).digest
        == load(mine(tmp_path, "\n".join(again))).digest
    )


def test_every_fault_is_found_at_once(tmp_path: Path) -> None:
    text = """
        extends = "inside-sales"
        [status.mql]
        phase = "P9"
        colour = "green"
        [status.engaged]
        stay = {for = "3 moons"}
    """
    found = findings(tmp_path, text)
    assert [finding.split(": ")[:2] for finding in found] == [
        [f"{tmp_path / 'mine.toml'}:{line}", place]
        for line, place in [
            (4, "status.mql.phase"),
            (5, "status.mql.colour"),
            (7, "status.engaged.stay[0].for"),
        ]
    ]


def test_every_name_that_means_nothing_is_found_at_once(tmp_path: Path) -> None:
    text = """
        extends = "inside-sales"
        rule = [
          {id = "a", on = "form", from = "nowhere", to = "elsewhere", when = {weather = "fine"}},
          {id = "b", on = "form", from = "any", to = "mql", when = {score = true, sentiment = 3}},
        ]
        [lock.mql]
        bars = "mql"
        set_on = "rejected"
        lifted_on = "sometime"
    """
    found = "\n".join(findings(tmp_path, text))
    for part in [
        '.from.nowhere: there is no status "nowhere"',
        '.to: there is no status "elsewhere"',
        '.when.weather: there is no fact "weather"',
        ".when.score: true cannot be held against points",
        ".when.sentiment: 3 cannot be held against a text",
        'lock.mql.lifted_on.sometime: there is no status "sometime"',
    ]:
        assert part in found


@pytest.mark.parametrize(
    "text,finding",
    [
        ("name = ", "1: not TOML"),
        ('extends = "unheard-of"', "1: extends"),
        (
            'extends = "inside-sales"\n[status.mql]\nstay = {for = "1 day", none = "x"}',
            "3: status.mql.stay[0]",
        ),
    ],
)
def test_what_cannot_be_a_policy_is_said(tmp_path: Path, text: str, finding: str) -> None:
    assert findings(tmp_path, text)[0].startswith(f"{tmp_path / 'mine.toml'}:{finding}")


def test_a_name_that_is_neither_preset_nor_file_is_said() -> None:
    with pytest.raises(PolicyError, match="neither a file"):
        load("unheard-of")


def line_of(text: str, wanted: str) -> int:
    """Returns the one line of a text that says something."""
    (line,) = [n for n, found in enumerate(text.splitlines(), start=1) if found == wanted]
    return line


def test_what_stands_in_a_shipped_file_is_found_there(tmp_path: Path) -> None:
    path = str(tmp_path / "mine.toml")
    text = 'extends = "inside-sales"\n\n[status.engaged]\nphase = "P3"\n[lock.mql]\nbars = "mql"\n'
    text += 'set_on = "rejected"\nlifted_on = "pipeline_opportunity"\n'
    found = examined(mine(tmp_path, text)).faults
    assert [(f.code, f.file, f.line) for f in found] == [("lock_for_ever", path, 8)]
    text = 'extends = "inside-sales"\n[status.mql]\ndetails = []\n'
    shipped = text_of("inside-sales")
    found = [f for f in examined(mine(tmp_path, text)).findings if f.code == "lost_detail"]
    assert {(f.file, f.remark) for f in found} == {("inside-sales.toml", True)}
    first = line_of(shipped, 'set = { mql_type = "fast_track" }')
    assert (first, "rule.raised_hand.set.mql_type") in {(f.line, f.place) for f in found}


def test_a_rule_laid_over_another_is_found_in_its_own_file(tmp_path: Path) -> None:
    text = 'extends = "hand-raiser"\n[[rule]]\nid = "late"\non = "form"\nfrom = "mql"\nto = "nowhere"\n'
    text += '[[rule]]\nid = "said_no"\non = "connected_call"\nfrom = "sql"\nto = "elsewhere"\n'
    found = examined(mine(tmp_path, text)).faults
    assert [(f.code, f.place, f.line) for f in found] == [
        ("unknown_status", "rule.late.to", 6),
        ("unknown_status", "rule.said_no.to", 11),
    ]


def test_keys_that_there_are_not_hide_nothing_else(tmp_path: Path) -> None:
    text = 'extends = "hand-raiser"\n[status.mql]\ncolour = "green"\nstay = []\n'
    text += 'pick = { by = "marketing", from = "new", colour = "red" }\n'
    text += '[[rule]]\nid = "mine"\non = "form"\nfrom = "mql"\nto = "nowhere"\n'
    found = examined(mine(tmp_path, text)).faults
    assert [(f.code, f.line) for f in found] == [
        ("missing_stay", 2),
        ("unknown_key", 3),
        ("unknown_key", 5),
        ("unknown_status", 10),
    ]


def test_nothing_that_is_only_worth_knowing_keeps_a_policy_from_being_used(tmp_path: Path) -> None:
    path = mine(tmp_path, 'extends = "profile-first"\ndisabled = [\n  "in_profile",\n  "sal",\n]\n')
    found = examined(path)
    assert found.faults == []
    told = {(f.code, f.line, f.file == path) for f in found.findings}
    assert {("disabled_status", 3, True), ("disabled_status", 4, True)} < told
    assert load(path).status("sal").id is None
    assert load(path).moved == {"in_profile": "mql", "sal": "sql"}


def test_the_largest_shipped_policy_is_examined_in_less_than_a_fifth_of_a_second() -> None:
    examined("inside-sales")
    begun = time.process_time()
    examined("inside-sales")
    assert time.process_time() - begun < 0.2
