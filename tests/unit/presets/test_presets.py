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
    return caught.value.findings


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_policy_opens_with_its_story(name: str) -> None:
    import worker.presets

    text = worker.presets.text_of(name)
    assert [line[:2] for line in text.splitlines()[:3]] == ["# ", "# ", ""]


def test_a_file_says_only_what_is_different(tmp_path: Path) -> None:
    text = 'extends = "inside-sales"\nname = "mine"\n[status.mql]\nstay = {for = "7 days"}\n'
    policy = load(mine(tmp_path, text))
    ground = load("inside-sales")
    assert list(policy.statuses) == list(ground.statuses)
    assert policy.status("mql").team == "inside_sales"
    stay = policy.status("mql").stay
    assert stay is not None
    assert (stay.span.milliseconds, stay.to) == (7 * 86_400_000, "long_term_nurture")
    assert policy.digest != ground.digest


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
        "status.engaged.stay.for",
    ]


def test_every_name_that_means_nothing_is_found_at_once(tmp_path: Path) -> None:
    text = """
        extends = "inside-sales"
        rule = [
          {id = "a", on = "form", from = "nowhere", to = "elsewhere", when = {weather = "fine"}},
          {id = "b", on = "form", from = "any", to = "mql", when = {score = true, sentiment = 3}},
        ]
        [lock.mql]
        lifted_on = "sometime"
    """
    found = "\n".join(findings(tmp_path, text))
    for part in [
        'rule a.from: no status "nowhere"',
        'rule a.to: no status "elsewhere"',
        "rule a.when.weather: no such fact",
        "rule b.when.score: True cannot",
        "rule b.when.sentiment: 3 cannot",
        'lock.mql.lifted_on: no status "sometime"',
    ]:
        assert part in found


@pytest.mark.parametrize(
    "text,finding",
    [
        ("name = ", "not TOML"),
        ('extends = "unheard-of"', "extends"),
        (
            'extends = "inside-sales"\n[status.mql]\nstay = {for = "1 day", none = "x"}',
            "status.mql.stay",
        ),
    ],
)
def test_what_cannot_be_a_policy_is_said(tmp_path: Path, text: str, finding: str) -> None:
    assert findings(tmp_path, text)[0].startswith(finding)


def test_a_name_that_is_neither_preset_nor_file_is_said() -> None:
    with pytest.raises(PolicyError, match="neither a file"):
        load("unheard-of")
