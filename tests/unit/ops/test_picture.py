"""A policy as a picture: what is drawn, and in which words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from worker.ops import picture
from worker.ops.policy import command
from worker.presets import NAMES, examined


def drawn(name: str) -> picture.Picture:
    document = examined(name, remarks=False).document
    assert document is not None
    return picture.of(document)


def labels(name: str, from_: str, to: str, *, by_time: bool) -> tuple[str, ...]:
    (arrow,) = [
        one
        for one in drawn(name).arrows
        if (one.from_, one.to, one.by_time) == (from_, to, by_time)
    ]
    return arrow.labels


def test_rules_and_picks_between_two_statuses_share_an_arrow() -> None:
    assert labels("hand-raiser", "mql", "sql", by_time=False) == (
        "raised_hand",
        "wanted",
        "scored",
        "by marketing, sales",
    )


def test_what_time_does_has_arrows_of_its_own() -> None:
    name = "hand-raiser-recycled"
    assert labels(name, "sql", "disqualified", by_time=True) == ("30 days",)
    assert labels(name, "mql", "recycled", by_time=True) == ("90 days since lead_acted",)
    closing = labels(name, "recycled", "recycled", by_time=True)
    assert closing == ("60 days since email_opened: closes email",)


def test_what_leads_from_anywhere_is_drawn_once() -> None:
    assert labels("inside-sales", "any", "not_applicable", by_time=False) == (
        "client_or_partner",
        "by operations",
    )
    text = drawn("inside-sales").mermaid()
    assert text.count("client_or_partner") == 1
    assert 's_any(["any status"])' in text


def test_a_disabled_status_is_not_drawn_and_its_arrows_end_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "first.toml"
    path.write_text('extends = "profile-first"\ndisabled = ["in_profile", "sal"]\n')
    text = drawn(str(path)).mermaid()
    assert "in_profile" not in re.findall(r"s_(\w+)\[", text)
    assert labels(str(path), "mql", "sql", by_time=False) == ("scored",)


@pytest.mark.parametrize("name", NAMES)
def test_every_status_and_every_rule_is_in_both_pictures(name: str) -> None:
    found = drawn(name)
    document = examined(name, remarks=False).document
    assert document is not None
    for text in (found.mermaid(), found.dot().replace("\\n", " ")):
        assert set(document.status) <= set(re.findall(r"\w+", text))
        assert {rule.id for rule in document.rule} <= set(re.findall(r"\w+", text))
    dashed = sum(arrow.by_time for arrow in found.arrows)
    assert found.mermaid().count("-.->") == found.dot().count("style=dashed") == dashed > 0


@pytest.mark.parametrize("name", NAMES)
def test_mermaid_has_lines_of_four_kinds(name: str) -> None:
    known = re.compile(
        r'flowchart LR|  subgraph [PD]\d\["[\w ,-]+"\]|  end'
        r'|(  ){1,2}s_\w+(\["\w+"\]|\(\["[\w ]+"\]\))'
        r'|  s_\w+ (-->|-\.->)\|"[^"|\[\]{}]+"\| s_\w+'
    )
    for line in drawn(name).mermaid().splitlines():
        assert known.fullmatch(line), line


def test_the_command_writes_the_picture_in_three_forms() -> None:
    def graph(*words: str) -> str:
        return CliRunner().invoke(command, ["graph", "viable-first", *words]).stdout

    assert graph() == graph("--format", "mermaid") == drawn("viable-first").mermaid()
    assert graph("--format", "dot") == drawn("viable-first").dot()
    told = json.loads(graph("--json"))
    assert told["phases"]["P1"] == ["viable"]
    assert {"from": "sql", "to": "mql", "by_time": True, "labels": ["30 days"]} in told["arrows"]
