"""The demo's command explains itself; what it shows is told apart from the broker."""

from __future__ import annotations

from click.testing import CliRunner

from worker.ops.demo import command


def test_help_has_an_example() -> None:
    told = CliRunner().invoke(command, ["--help"])
    assert told.exit_code == 0
    assert "Example: lead-router demo" in told.output
