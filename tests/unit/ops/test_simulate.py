"""`simulate` to the letter of the contracts: lines in, lines out, codes and exits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from worker.ops.simulate import command

FORM = {
    "event_id": "1",
    "occurred_at": "2024-03-01T09:00:00Z",
    "email": "Ana@Acme.example",
    "form_id": "pricing",
}


def simulate(*options: str, told: str | bytes) -> Result:
    return CliRunner().invoke(command, [*options, "-"], input=told)


def lines(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def line(kind: str, **changes: object) -> str:
    return json.dumps({"type": kind, "value": FORM | changes}) + "\n"


def test_outcomes_are_lines_with_type_key_and_value() -> None:
    change, handoff = lines(simulate(told=line("form-submission")))
    assert (change["type"], handoff["type"]) == ("status-change", "handoff")
    assert change["key"] == handoff["key"] == "email:ana@acme.example"
    assert change["value"]["details"] == {"mql_type": "fast_track"}
    assert handoff["value"]["respond_by"] == "2024-03-02T09:00:00.000Z"


def test_what_cannot_be_read_is_a_dead_letter_with_its_line_and_blank_lines_count() -> None:
    told = b"".join(
        [
            b"not json\n",
            b"\n",
            b'{"type": "unheard-of", "value": {}}\n',
            b'{"type": "form-submission"}\n',
            b'{"type": "form-submission", "value": {"form_id": "\xff"}}\n',
            b'{"type": "form-submission", "value": {"a": 1, "a": 2}}\n',
            line("form-submission", occurred_at="2024-03-01T09:00:00").encode(),
            line("form-submission", occurred_at="1999-03-01T09:00:00Z").encode(),
            line("form-submission", email="nobody").encode(),
            line("form-submission", form_id=7).encode(),
        ]
    )
    found = lines(simulate(told=told))
    assert [(entry["code"], entry["line"]) for entry in found] == [
        ("json.invalid", 1),
        ("schema.invalid", 3),
        ("schema.invalid", 4),
        ("encoding.invalid", 5),
        ("json.limits", 6),
        ("time.missing_offset", 7),
        ("time.past", 8),
        ("identity.missing", 9),
        ("schema.invalid", 10),
    ]
    assert all(entry.keys() == {"type", "code", "line"} for entry in found)


@pytest.mark.parametrize(
    "line,code",
    [
        (b"\xff", "encoding.invalid"),
        (b'{"type":\xff', "encoding.invalid"),
        (b'{"type": "web-visit", "value": {"page_url": NaN, "q": "\xff"}}', "encoding.invalid"),
        (b'["\xff"]', "encoding.invalid"),
        (b'{"note": "\xff", "type": "web-visit", "value": {}}', "encoding.invalid"),
        (b"[1, 2", "json.invalid"),
        (b'{"type": 5, "value": {}} x', "json.invalid"),
        (b'{"type": "web-visit", "value": {"x": ' + b"[" * 1100, "json.invalid"),
        (b'{"type": "nope", "value": {"x": 9223372036854775808}}', "json.limits"),
        (b'{"type": "web-visit", "value": ' + b"[" * 1100 + b"]" * 1100 + b"}", "json.limits"),
        (b"[]", "schema.invalid"),
    ],
)
def test_encoding_comes_before_json_before_limits_before_schema(line: bytes, code: str) -> None:
    assert [entry["code"] for entry in lines(simulate(told=line + b"\n"))] == [code]


def test_a_deadline_knows_nothing_of_the_event_that_lets_it_fire() -> None:
    told = line("form-submission") + line(
        "form-submission",
        event_id="2",
        occurred_at="2024-04-01T09:00:00Z",
        fields={"budget": "yes"},
    )
    by_event = [
        entry for entry in lines(simulate(told=told)) if "deadline" in str(entry["value"]["cause"])
    ]
    by_time = lines(simulate("--until", "2024-04-01T09:00:00Z", told=line("form-submission")))[2:]
    assert by_event == by_time


def test_no_product_and_any_product_are_the_same() -> None:
    told = line("form-submission") + line("form-submission", product="*")
    assert len(lines(simulate(told=told))) == 2


def test_a_refused_conflict_asks_for_nothing() -> None:
    request = {"action": "status_requested", "status": "mql", "by_team": "marketing"}
    told = line("form-submission") + line("crm-update", **request)
    refusal = lines(simulate(told=told))[-1]["value"]
    assert (refusal["code"], refusal["asked"]) == ("event.conflict", None)


def test_a_reader_that_has_read_enough_is_no_trouble(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_text("".join(line("form-submission", event_id=str(n)) for n in range(3000)))
    worker = f"{sys.executable} -m worker simulate --state {events}"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{worker} | head -1"], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_full_disk_is_the_worlds_trouble(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_text(line("form-submission"))
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "worker", "simulate", str(events)],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 3
    assert b"cannot write" in done.stderr


def test_the_future_is_not_checked_offline() -> None:
    told = line("form-submission", occurred_at="9999-12-31T23:59:59Z")
    change, handoff = lines(simulate("--until", "9999-12-31T23:59:59.998Z", told=told))
    assert change["value"]["deadline"]["due_at"] == "9999-12-31T23:59:59.999Z"
    assert handoff["value"]["respond_by"] == "9999-12-31T23:59:59.999Z"


def test_until_fires_by_due_time_lead_and_product() -> None:
    told = "".join(
        [
            line("form-submission", lead_id="b", product="y"),
            line("form-submission", lead_id="b", product="x", event_id="2"),
            line("form-submission", lead_id="a"),
            line("form-submission", lead_id="c", occurred_at="2024-02-28T09:00:00Z"),
        ]
    )
    found = lines(simulate("--until", "2024-03-15T09:00:00Z", told=told))
    changes = [entry["value"] for entry in found if entry["type"] == "status-change"]
    fired = [(value["lead_id"], value["product"]) for value in changes[4:]]
    assert fired == [("c", "*"), ("a", "*"), ("b", "x"), ("b", "y")]
    sooner = lines(simulate("--until", "2024-03-15T08:59:59.999Z", told=told))
    assert [entry["value"]["lead_id"] for entry in sooner[8:]] == ["c", "c"]


def test_without_until_nothing_fires_by_itself_but_before_the_leads_own_next_line() -> None:
    told = line("form-submission") + line(
        "web-visit", event_id="2", occurred_at="2024-03-15T09:00:00Z", form_id=None
    )
    assert len(lines(simulate(told=line("form-submission")))) == 2
    fired = lines(simulate(told=told))[2:]
    assert [entry["value"]["cause"]["type"] for entry in fired] == ["deadline", "deadline"]


def test_state_is_as_of_the_leads_time() -> None:
    *_, state = lines(simulate("--state", told=line("form-submission")))
    assert state["type"] == "lead"
    assert state["value"] == {
        "product": "*",
        "status": "mql",
        "seq": 2,
        "score": {"engagement": 30.0, "fit": 0.0},
        "entered_at": "2024-03-01T09:00:00.000Z",
        "deadline": {
            "due_at": "2024-03-15T09:00:00.000Z",
            "to_status": "long_term_nurture",
            "reason": "not_followed_up",
        },
        "locks": [],
        "contactability": {"email": True, "phone": True},
        "attempts": 0,
        "answers": {},
    }


def test_explain_names_the_condition_that_failed_and_what_was_found() -> None:
    told = line("form-submission", form_id="webinar")
    explanation = lines(simulate("--explain", told=told))[-1]
    tried = {trial["rule"]: trial for trial in explanation["value"]["tried"]}
    assert tried["scored"]["unmet"] == [{"fact": "score", "wanted": "at least 60", "found": 10.0}]
    assert tried["first_activity"]["matched"]


def test_strict_refuses_unknown_fields() -> None:
    told = line("form-submission", surprise=1)
    assert lines(simulate(told=told))[0]["type"] == "status-change"
    assert lines(simulate("--strict", told=told))[0]["code"] == "schema.invalid"


def test_with_explain_it_says_why_a_line_cannot_be_read() -> None:
    told = line("form-submission") + '{"type": "form-submission", "value": {"event_id": "2"}}\n'
    explained = simulate("--explain", told=told)
    assert explained.stderr == "line 2: schema.invalid: occurred_at: Field required\n"
    assert simulate(told=told).stderr == ""


def test_json_is_what_it_writes_anyway() -> None:
    told = line("form-submission")
    assert simulate("--json", told=told).stdout == simulate(told=told).stdout != ""


def test_wrong_use_ends_with_two() -> None:
    assert simulate("--policy", "unheard-of", told="").exit_code == 2
    assert simulate("--until", "2024-01-01T00:00:00", told="").exit_code == 2
    assert simulate("--from-spine", told="no spine\n").exit_code == 2
    assert simulate("--keep-policy", told="").exit_code == 2


def test_it_imports_no_faust_and_no_kafka_client() -> None:
    program = (
        "import sys, worker.ops.simulate;"
        "print(sorted({'faust', 'aiokafka', 'mode', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
