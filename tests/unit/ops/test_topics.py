"""`topics` says what crosses Kafka where, and ends well or with a sentence."""

from __future__ import annotations

import json
import socket

import pytest
from click.testing import CliRunner

from worker.lane.processor import Record
from worker.ops.topics import _line, command


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> str:
    """Returns an address where no broker listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    monkeypatch.setenv("LEAD_ROUTER_BOOTSTRAP", address)
    return address


def test_list_asks_no_broker(nobody: str) -> None:
    told = CliRunner().invoke(command, ["list", "--json"])
    assert told.exit_code == 0
    names = [json.loads(line)["name"] for line in told.stdout.splitlines()]
    assert "leads.activity.v1" in names
    assert "lead-router.lifecycle.changelog" in names


@pytest.mark.parametrize("words", [["check"], ["apply"], ["read", "leads.activity.v1"]])
def test_without_a_broker_it_ends_with_one_sentence(nobody: str, words: list[str]) -> None:
    told = CliRunner().invoke(command, words)
    assert told.exit_code == 3
    assert told.stderr == f"Error: no broker answers at {nobody}\n"


def test_a_wrong_setting_is_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAD_ROUTER_PARTITIONS", "none")
    told = CliRunner().invoke(command, ["list"])
    assert told.exit_code == 2
    assert "LEAD_ROUTER_PARTITIONS" in told.stderr


@pytest.mark.parametrize(
    "value, told",
    [
        (b'{"a": 1}', {"value": {"a": 1}}),
        (b"plain", {"value": "plain"}),
        (b"\xff", {"value_base64": "/w=="}),
        (None, {"value": None}),
    ],
)
def test_a_value_is_given_as_readable_as_it_is(value: bytes | None, told: dict[str, str]) -> None:
    assert _line(Record("t", 1, 2, 3, b"7", value, (("ce_id", b"x"), ("empty", None)))) == {
        "topic": "t",
        "partition": 1,
        "offset": 2,
        "timestamp": 3,
        "key": "7",
        **told,
        "headers": {"ce_id": "x", "empty": None},
    }
