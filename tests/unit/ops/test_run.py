"""`run` says in one sentence why it does not start, and explains every setting."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from worker.ops.run import command
from worker.stream.settings import Settings


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> str:
    """Gives an address where no broker listens, to everybody."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    monkeypatch.setenv("LEAD_ROUTER_BOOTSTRAP", address)
    return address


def test_without_a_broker_it_ends_as_trouble_of_the_environment(nobody: str) -> None:
    told = CliRunner().invoke(command)
    assert (told.exit_code, told.stderr) == (3, f"Error: no broker answers at {nobody}\n")


@pytest.mark.parametrize(
    "name, value, said",
    [
        ("WEB_PORT", "http", "LEAD_ROUTER_WEB_PORT"),
        ("POLICY", "nowhere.toml", "nowhere.toml"),
        ("SASL_MECHANISM", "GSSAPI", "'PLAIN', 'SCRAM-SHA-256' or 'SCRAM-SHA-512'"),
        ("SECURITY_PROTOCOL", "SASL_SSL", "needs sasl_username and sasl_password"),
    ],
)
def test_what_was_set_wrongly_is_bad_input(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"LEAD_ROUTER_{name}", value)
    told = CliRunner().invoke(command)
    assert told.exit_code == 2
    assert said in told.stderr


def test_dispositions_that_mean_nothing_are_bad_input(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "ours.toml"
    file.write_text('"3c5b" = "went to lunch"\n')
    monkeypatch.setenv("LEAD_ROUTER_HUBSPOT_DISPOSITIONS", str(file))
    told = CliRunner().invoke(command)
    assert told.exit_code == 2
    assert "allowed are connected" in told.stderr


def test_help_explains_every_setting() -> None:
    told = CliRunner().invoke(command, ["--help"]).output
    assert [
        name for name in Settings.model_fields if f"LEAD_ROUTER_{name.upper()}" not in told
    ] == []
    assert "LEAD_ROUTER_LIMITS__LOSSES_ACCEPTED\n" in told
    assert "[False]" in told.split("LEAD_ROUTER_LIMITS__LOSSES_ACCEPTED")[1].splitlines()[1]
    assert all(field.description for field in Settings.model_fields.values())


def test_a_process_may_have_as_many_connections_as_the_machine_lets_it() -> None:
    program = (
        "import resource; from worker.ops.run import FILES, _allow_files;"
        "hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1];"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard)); _allow_files();"
        "soft, after = resource.getrlimit(resource.RLIMIT_NOFILE);"
        "print(soft == min(FILES, hard if hard >= 0 else FILES), after == hard)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "True True\n"
