"""`simulate --from-spine`: what intake repeated is dropped, deadlines and policies come as written there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from schemas import spine
from worker.ops.simulate import command
from worker.presets import load


def told_again(told: str, *options: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(command, ["--from-spine", *options, "-"], input=told)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def spine_line(
    message: spine.SpineMessage,
    key: str | None = "lead",
    partition: int = 0,
    timestamp: int = 1_709_290_000_000,
) -> str:
    value = json.loads(spine.encode(message))
    place = {"topic": "x", "partition": partition, "timestamp": timestamp}
    return json.dumps({**place, "key": key, "value": value}) + "\n"


def relayed(offset: int, at: int = 1_709_280_000_000) -> spine.FormSubmitted:
    return spine.FormSubmitted(
        event_id=str(offset),
        source="web",
        at=at,
        content=offset,
        form_id="pricing",
        came_from=spine.CameFrom("leads.form-submission.v1", 0, offset, 0),
    )


def test_a_spine_is_told_again_without_what_intake_repeated() -> None:
    first, second = relayed(0), relayed(1)
    told = "".join(map(spine_line, [first, second, first, second]))
    assert told_again(told) == told_again(spine_line(first) + spine_line(second))


def test_deadlines_on_the_spine_fire_once() -> None:
    reached = spine.DeadlineReached(1_709_280_000_000 + 14 * 86_400_000)
    told = spine_line(relayed(0)) + spine_line(reached) + spine_line(reached)
    found = told_again(told)
    assert [entry["value"]["cause"]["type"] for entry in found] == [
        "form-submission",
        "form-submission",
        "deadline",
        "deadline",
    ]


def of_acme(offset: int) -> spine.FormSubmitted:
    return replace(relayed(offset), profile={"account_id": "acme"})


CLIENT = spine.AccountUpdated(
    event_id="u1",
    source="billing",
    at=1_709_280_000_000,
    content=0,
    account_id="acme",
    relationship="client",
)


def entered(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [
        (entry["value"]["cause"]["event_id"], entry["value"]["to_status"])
        for entry in found
        if entry["type"] == "status-change"
    ]


def test_accounts_answer_when_the_spine_says_so_and_a_repeat_is_dropped() -> None:
    origin = spine.CameFrom("leads.account-activity.v1", 0, 7, 0)
    answer = spine_line(spine.AccountAnswered("acme", CLIENT, came_from=origin))
    told = spine_line(of_acme(0)) + spine_line(relayed(1)) + answer + answer
    assert entered(told_again(told)) == [("0", "not_applicable")]
    assert told_again(spine_line(of_acme(0)) + spine_line(relayed(1))) == []


def test_who_waited_for_ten_minutes_of_the_log_waits_no_longer() -> None:
    waits = spine_line(of_acme(0), timestamp=1_709_290_000_000)
    ends = 1_709_290_000_000 + 600_000
    assert told_again(waits + spine_line(spine.DeadlineReached(ends - 1))) == []
    ended = waits + spine_line(spine.DeadlineReached(ends))
    assert entered(told_again(ended)) == [("0", "mql")]
    late = ended + spine_line(spine.AccountAnswered("acme", CLIENT))
    assert entered(told_again(late)) == [("0", "mql"), ("u1", "not_applicable")]
    assert entered(told_again(waits, "--until", "2024-03-02T00:00:00Z")) == [("0", "mql")]


def test_a_policy_on_the_spine_is_in_force_from_there_on_its_partition(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('extends = "inside-sales"\nname = "mine"\n', encoding="utf-8")
    policy = load(str(mine))
    told = "".join(
        [
            spine_line(spine.PolicyInForce(policy.digest, policy.text), key=None),
            spine_line(relayed(0), key="a"),
            spine_line(relayed(0), key="b", partition=1),
        ]
    )
    found = told_again(told)
    names = [(entry["key"], entry["value"]["policy"]["name"]) for entry in found]
    assert names == [("a", "mine")] * 2 + [("b", "inside-sales")] * 2
    kept = told_again(told, "--keep-policy")
    assert {entry["value"]["policy"]["name"] for entry in kept} == {"inside-sales"}


@pytest.mark.parametrize(
    "key, value, said",
    [
        ("lead", {"type": "policy", "digest": "x", "text": "zzz-secret"}, "ValidationError at "),
        ("lead", json.loads(spine.encode(relayed(2, at=10**17))), "ValueError at "),
        (None, json.loads(spine.encode(relayed(0))), "it has no key"),
    ],
)
def test_a_line_that_no_worker_has_written_is_told_by_its_number(
    key: str | None, value: dict[str, Any], said: str
) -> None:
    told = spine_line(relayed(1)) + json.dumps({"key": key, "value": value}) + "\n"
    result = CliRunner().invoke(command, ["--from-spine", "-"], input=told)
    assert result.exit_code == 2
    assert f"line 2 is no message of a spine: {said}" in result.output
    assert "secret" not in result.output
