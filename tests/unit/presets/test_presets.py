"""How a policy comes from a file, and what is said of one that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.lifecycle.policy import PolicyError
from worker.presets import NAMES, load


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
    import worker.presets

    text = worker.presets.text_of(name)
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
    assert [finding.split(":")[0] for finding in found] == [
        "status.mql.phase",
        "status.mql.colour",
        "status.engaged.stay[0].for",
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
        '.from: there is no status "nowhere"',
        '.to: there is no status "elsewhere"',
        '.when.weather: there is no fact "weather"',
        ".when.score: true cannot be held against points",
        ".when.sentiment: 3 cannot be held against a text",
        'lock.mql.lifted_on: there is no status "sometime"',
    ]:
        assert part in found


@pytest.mark.parametrize(
    "text,finding",
    [
        ("name = ", "not TOML"),
        ('extends = "unheard-of"', "extends"),
        (
            'extends = "inside-sales"\n[status.mql]\nstay = {for = "1 day", none = "x"}',
            "status.mql.stay[0]",
        ),
    ],
)
def test_what_cannot_be_a_policy_is_said(tmp_path: Path, text: str, finding: str) -> None:
    assert findings(tmp_path, text)[0].startswith(finding)


def test_a_name_that_is_neither_preset_nor_file_is_said() -> None:
    with pytest.raises(PolicyError, match="neither a file"):
        load("unheard-of")
