"""`dead-letters` says which it means, what became of each, and nothing that a sender wrote unless it is asked."""

from __future__ import annotations

import socket

import pytest
from click.testing import CliRunner

from worker.lane.processor import Origin, Record
from worker.ops.dead_letters import command
from worker.ops.letter_words import fate, fate_in_a_line, in_a_line, in_lines, whole
from worker.stream.letters import Letter
from worker.stream.resending import Place, Resent, Selection

ORIGIN = Origin("leads.web-visit.v1", 1, 2, 0)
HEADERS = (("ce_id", b"\x1b[2Jx"), ("null", None))
RECORD = Record("leads.dead-letter.v1", 0, 9, 1_000, b"\xff", b"secret\n\x1b[2J", HEADERS)
WHY = "the value is not JSON"
LETTER = Letter(ORIGIN, "json.invalid", WHY, 1, RECORD, RECORD.key, RECORD.value, HEADERS)


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> str:
    """Returns an address where no broker listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    monkeypatch.setenv("LEAD_ROUTER_BOOTSTRAP", address)
    return address


@pytest.mark.parametrize(
    "words", [["list"], ["show", "leads.web-visit.v1/0/1"], ["replay", "--code", "json.invalid"]]
)
def test_without_a_broker_it_ends_with_one_sentence(nobody: str, words: list[str]) -> None:
    told = CliRunner().invoke(command, words)
    assert told.exit_code == 3
    assert told.stderr == f"Error: no broker answers at {nobody}\n"


@pytest.mark.parametrize(
    "words, said",
    [
        (["replay"], "say which"),
        (["replay", "--dry-run"], "say which"),
        (["replay", "--code", "no.such"], "no.such"),
        (["replay", "--origin", "leads.web-visit.v1"], "is no origin"),
        (["show", "leads.web-visit.v1/0/1/2/3"], "is no origin"),
        (["show", "leads.web-visit.v1/x/1"], "is no origin"),
        (["list", "--since", "yesterday"], "RFC 3339"),
    ],
)
def test_wrong_use_is_bad_input(nobody: str, words: list[str], said: str) -> None:
    told = CliRunner().invoke(command, words)
    assert (told.exit_code, said in told.stderr) == (2, True)


@pytest.mark.parametrize(
    "selection, taken",
    [
        (Selection(), True),
        (Selection(codes=frozenset({"json.invalid", "json.limits"})), True),
        (Selection(codes=frozenset({"json.limits"})), False),
        (Selection(topics=frozenset({"leads.web-visit.v1"})), True),
        (Selection(topics=frozenset({"leads.crm-update.v1"})), False),
        (Selection(since_ms=1_000), True),
        (Selection(since_ms=1_001), False),
        (Selection(places=frozenset({Place("leads.web-visit.v1", 1, 2, None)})), True),
        (Selection(places=frozenset({Place("leads.web-visit.v1", 1, 2, 0)})), True),
        (Selection(places=frozenset({Place("leads.web-visit.v1", 1, 2, 1)})), False),
        (Selection(places=frozenset({Place("leads.web-visit.v1", 2, 2, 0)})), False),
        (Selection(frozenset({"json.limits"}), frozenset({"leads.web-visit.v1"})), False),
    ],
)
def test_every_condition_of_a_selection_has_to_hold(selection: Selection, taken: bool) -> None:
    assert selection.takes(LETTER) == taken


def test_a_line_has_its_origin_and_nothing_of_the_sender() -> None:
    assert in_a_line(LETTER) == (
        "1970-01-01T00:00:01.000Z json.invalid               leads.web-visit.v1/1/2/0"
        " attempt 1: the value is not JSON"
    )


def test_key_and_value_are_shown_when_asked_and_move_no_cursor() -> None:
    quiet = "\n".join(in_lines(LETTER, with_value=False))
    loud = list(in_lines(LETTER, with_value=True))
    assert "secret" not in quiet
    assert r"  ce_id: \x1b[2Jx" in quiet
    assert "  null: (null)" in quiet
    assert loud[-2:] == [r"  key: \xff", r"  value: secret\n\x1b[2J"]


def test_json_has_the_value_exactly_and_only_when_asked() -> None:
    assert "value" not in whole(LETTER, with_value=False)
    told = whole(LETTER, with_value=True)
    assert (told["key"], told["value"]) == ({"base64": "/w=="}, "secret\n\x1b[2J")


@pytest.mark.parametrize(
    "resent, dry_run, line",
    [
        (Resent(LETTER, "leads.web-visit.v1/1/8"), False, "replayed as leads.web-visit.v1/1/8"),
        (Resent(LETTER), True, "would be replayed"),
        (
            Resent(LETTER, "leads.web-visit.v1/1/8", before=True),
            True,
            "replayed before as leads.web-visit.v1/1/8",
        ),
        (Resent(LETTER, why_not="it is too large"), False, "cannot be replayed: it is too large"),
    ],
)
def test_what_became_of_each_is_said_with_its_place(
    resent: Resent, dry_run: bool, line: str
) -> None:
    said = fate_in_a_line(resent, fate(resent, dry_run=dry_run))
    assert said == f"leads.web-visit.v1/1/2/0 json.invalid: {line}"
