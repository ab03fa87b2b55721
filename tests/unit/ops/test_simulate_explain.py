"""`simulate --explain`: lines are added below the outcomes they explain, and no line is changed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from worker.ops.simulate import command
from worker.ops.traffic import history
from worker.presets import NAMES


def simulate(*options: str, told: str) -> list[str]:
    result = CliRunner().invoke(command, [*options, "-"], input=told)
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def read(lines: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines]


def line(kind: str, at: str, **fields: str) -> str:
    value = {"event_id": at, "occurred_at": at, "lead_id": "lead", **fields}
    return json.dumps({"type": kind, "value": value}) + "\n"


def test_an_explanation_stands_below_the_outcomes_of_its_cause() -> None:
    told = line("form-submission", "2024-03-01T09:00:00Z", form_id="pricing")
    told += line("web-visit", "2024-03-15T09:00:00Z")
    found = read(simulate("--explain", "--until", "2029-01-01T00:00:00Z", told=told))
    outcomes: list[str] = []
    for entry in found:
        if entry["type"] == "explanation":
            assert outcomes == entry["value"]["outcomes"]
            outcomes = []
        else:
            outcomes.append(entry["value"]["event_id"])
    assert outcomes == []
    causes = [entry["value"]["cause"] for entry in found if entry["type"] == "explanation"]
    assert [cause["type"] for cause in causes] == [
        "form-submission",
        "deadline",
        "web-visit",
        "deadline",
        "deadline",
    ]


@pytest.mark.parametrize("policy", NAMES)
def test_explain_adds_lines_and_changes_none(policy: str) -> None:
    told = "".join(
        json.dumps({"type": record.topic[6:-3], "value": json.loads(record.value)}) + "\n"
        for record in history(seed=7, leads=80, ends_at=1_790_000_000_000)
        if record.is_bare and record.value.startswith(b"{") and record.value.endswith(b"}")
    )
    asked = ("--policy", policy, "--until", "2028-01-01T00:00:00Z", "--state")
    plain = simulate(*asked, told=told)
    explained = simulate(*asked, "--explain", told=told)
    added = ('{"type":"explanation"', '{"type":"standing"')
    assert [one for one in explained if not one.startswith(added)] == plain
    assert len(explained) > len(plain) > 0


def test_with_explain_a_standing_stands_below_each_lead() -> None:
    told = line("form-submission", "2024-03-01T09:00:00Z", form_id="webinar")
    *_, lead, standing = read(simulate("--explain", "--state", told=told))
    assert (lead["type"], standing["type"]) == ("lead", "standing")
    assert standing["value"]["due_at"] == lead["value"]["deadline"]["due_at"]


def test_an_account_that_answers_at_once_leaves_no_word_of_waiting() -> None:
    told = line("account-update", "2024-03-01T08:00:00Z", account_id="a-1", relationship="client")
    told += line("form-submission", "2024-03-01T09:00:00Z", form_id="quote").replace(
        '"lead_id"', '"fields": {"account_id": "a-1"}, "lead_id"'
    )
    change, why = read(simulate("--explain", told=told))
    assert change["value"]["to_status"] == "not_applicable"
    assert why["value"]["verdict"] == "applied"
    assert why["value"]["tried"][0]["led_to"] == [change["value"]["event_id"]]
