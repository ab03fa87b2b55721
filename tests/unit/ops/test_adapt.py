"""`lead-router adapt` as it is typed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from worker.ops.adapt import command

OPEN = {"event": "open", "timestamp": 1_772_357_400, "email": "a@example.com", "sg_event_id": "1"}
SENT = {
    "event": "processed",
    "timestamp": 1_772_357_400,
    "email": "a@example.com",
    "sg_event_id": "2",
}
BROKEN = {"event": "open", "email": "secret@example.com", "sg_event_id": "3"}
OWN = "11111111-2222-3333-4444-555555555555"
CALL = {
    "properties": {
        "hs_timestamp": 1_772_357_400_000,
        "hs_call_disposition": OWN,
        "hs_call_to_number": "+4930901820",
    }
}


def run(body: object, *arguments: str) -> Result:
    told = body if isinstance(body, str) else json.dumps(body)
    return CliRunner().invoke(command, arguments, input=told)


@pytest.mark.parametrize("vendor_command", ["adapt --vendor sendgrid", "policy show inside-sales"])
def test_a_full_disk_is_the_worlds_trouble_and_a_reader_who_leaves_is_none(
    vendor_command: str, tmp_path: Path
) -> None:
    posted = tmp_path / "posted.json"
    posted.write_text(json.dumps([OPEN] * 2000))
    typed = f"{sys.executable} -m worker {vendor_command} < {posted}"
    full = subprocess.run(["bash", "-c", f"{typed} > /dev/full"], capture_output=True, check=False)
    assert (full.returncode, full.stderr) == (3, b"Error: No space left on device\n")
    piped = ["bash", "-o", "pipefail", "-c", f"{typed} | head -c 5"]
    enough = subprocess.run(piped, capture_output=True, check=False)
    assert (enough.returncode, enough.stdout, enough.stderr) == (0, enough.stdout[:5], b"")


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_body_becomes_lines_for_simulate() -> None:
    result = run([OPEN, SENT], "--vendor", "sendgrid")
    assert (result.exit_code, result.stderr) == (0, "")
    (line,) = lines(result)
    assert line["type"] == "email-engagement"
    assert line["value"]["occurred_at"] == "2026-03-01T09:30:00.000Z"


def test_explain_says_where_each_field_came_from_and_why_an_item_is_ignored() -> None:
    result = run([OPEN, SENT], "--vendor", "sendgrid", "--explain")
    assert lines(result)[0]["found_at"]["occurred_at"] == "timestamp"
    assert "item 1: ignored: processed" in result.stderr


def test_what_cannot_be_read_is_said_without_what_it_says() -> None:
    result = run([BROKEN, OPEN], "--vendor", "sendgrid")
    assert result.exit_code == 0
    assert len(lines(result)) == 1
    assert result.stderr == "item 0: schema.invalid: occurred_at: Field required\n"


def test_dispositions_of_ones_own_come_from_a_file(tmp_path: Path) -> None:
    own = tmp_path / "dispositions.toml"
    own.write_text(f'{OWN} = "left_voicemail"\n')
    assert run(CALL, "--vendor", "hubspot-call").stdout == ""
    result = run(CALL, "--vendor", "hubspot-call", "--dispositions", str(own))
    assert lines(result)[0]["value"]["outcome"] == "left_voicemail"


@pytest.mark.parametrize(
    "body, arguments",
    [
        ("{", ["--vendor", "sendgrid"]),
        ("", ["--vendor", "sendgrid"]),
        ("[]", ["--vendor", "pigeon"]),
        ("[]", []),
        ("[]", ["--vendor", "sendgrid", "no-such-file.json"]),
        ("[]", ["--vendor", "sendgrid", "--dispositions", __file__]),
        ("[]", ["--vendor", "hubspot-call", "--dispositions", __file__]),
    ],
)
def test_what_cannot_be_used_ends_with_exit_2(body: str, arguments: list[str]) -> None:
    assert run(body, *arguments).exit_code == 2


def test_an_empty_array_is_no_line() -> None:
    result = run([], "--vendor", "typeform")
    assert (result.exit_code, result.stdout) == (0, "")
