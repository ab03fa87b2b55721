"""A newcomer tries a policy on a file of their own, typed in an editor, and on a vendor's body from a log."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson

TYPED = """\
{"type": "form-submission", "value": {"event_id": "1", "occurred_at": "2026-01-05T09:00:00Z", "form_id": "white_paper", "fields": {"email": "Ada@Example.com"}}}

{"type": "form-submission", "value": {"event_id": "2", "occurred_at": "2026-01-06T09:00:00Z", "form_id": "demo_request", "email": "ada@example.com"}}
{"type": "call-disposition", "value": {"event_id": "3", "occurred_at": "2026-01-07T09:00:00+01:00", "outcome": "no_answer", "email": "ada@example.com"}}
this is no JSON
"""  # noqa: E501  a line of the file is a line

POSTED = """\
[{"event": "click", "email": "ada@example.com", "timestamp": 1767690000, "sg_event_id": "a", "url": "https://x.example"},
 {"event": "processed", "email": "ada@example.com", "timestamp": 1767690000, "sg_event_id": "b"}]
"""


def lead_router(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "worker", *words]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False)


def lines_of(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    return [orjson.loads(line) for line in done.stdout.splitlines()]


def statuses(lines: list[dict[str, Any]]) -> list[str]:
    return [line["value"]["to_status"] for line in lines if line["type"] == "status-change"]


def test_a_typed_file_becomes_a_life(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text(TYPED)
    words = ("simulate", "--policy", "inside-sales", "--until", "2026-03-01T00:00:00Z", "--state")
    lines = lines_of(lead_router(*words, str(file)))

    assert statuses(lines) == ["inquiry", "mql", "engaged", "disqualified"]
    assert {line["key"] for line in lines if "key" in line} == {"email:ada@example.com"}
    assert {"type": "dead-letter", "code": "json.invalid", "line": 5} in lines
    assert lines[-1]["type"] == "lead"
    assert lines[-1]["value"]["status"] == "disqualified"


def test_a_vendors_body_goes_through_adapt_into_simulate(tmp_path: Path) -> None:
    body = tmp_path / "webhook.json"
    body.write_text(POSTED)
    adapted = lead_router("adapt", "--vendor", "sendgrid", str(body))
    assert len(lines_of(adapted)) == 1
    assert statuses(lines_of(lead_router("simulate", "-", given=adapted.stdout))) == ["inquiry"]


def test_a_wrong_policy_name_says_which_there_are(tmp_path: Path) -> None:
    done = lead_router("simulate", "--policy", "inside-sails", str(tmp_path / "none"))
    assert done.returncode == 2
    assert "inside-sales" in done.stderr
