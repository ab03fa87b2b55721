"""A run ends in one way: in words, as JSON, as a line of the ledger, and with a status; also one that breaks."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from tests.faults import ledger
from tests.faults.closing import carried_out, parser_of

GOOD = replace(ledger.broke(ValueError()), proven=True, verdict="PASS", amiss=())


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[ledger.Run]:
    runs: list[ledger.Run] = []
    monkeypatch.setattr(ledger, "write", runs.append)
    monkeypatch.setattr(ledger, "commit", lambda: "c0ffee")
    return runs


def asked(*words: str) -> argparse.Namespace:
    return parser_of("a run").parse_args(["--seed", "7", *words])


def test_a_run_says_what_it_came_to(
    noted: list[ledger.Run], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert carried_out("proof", asked("--ledger"), lambda _: GOOD, lambda _: ["all well"]) == 0
    out, err = capfdbinary.readouterr()
    assert orjson.loads(out)["verdict"] == "PASS"
    assert b"all well\n" in err
    (run,) = noted
    assert (run.what, run.commit, run.seed, run.shown) == ("proof", "c0ffee", 7, True)


def test_nothing_is_noted_unless_asked_for(noted: list[ledger.Run]) -> None:
    red = replace(GOOD, proven=False)
    assert carried_out("proof", asked(), lambda _: red, lambda _: []) == 1
    assert not noted


def test_a_run_that_breaks_is_noted_as_one_with_something_amiss(noted: list[ledger.Run]) -> None:
    def course(_folder: Path) -> ledger.Came:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        carried_out("soak", asked("--ledger"), course, lambda _: [])
    (run,) = noted
    assert (run.shown, run.verdict, run.anomalies) == (False, "UNKNOWN", 1)


def test_a_log_that_tells_of_people_makes_any_run_red_and_is_not_quoted(
    noted: list[ledger.Run], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    def course(folder: Path) -> ledger.Came:
        (folder / "1").mkdir()
        (folder / "good.log").write_text(
            '{"event": "lane", "timestamp": "2026-11-27T04:10:17.831781Z"}'
        )
        (folder / "1" / "bad.log").write_text("Error: ana.b+c@acme.example\nto +4930123456")
        return GOOD

    assert carried_out("proof", asked("--ledger"), course, lambda _: []) == 1
    assert (noted[0].shown, noted[0].anomalies) == (False, 1)
    said = b"".join(capfdbinary.readouterr())
    assert b"personal data in bad.log, 2 times" in said
    assert b"ana" not in said
