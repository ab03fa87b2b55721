"""Outcomes go out as binary CloudEvents."""

from __future__ import annotations

from schemas.envelope import Envelope, opened

OUTCOME = {"event_id": "Zoë/*/1", "lead_id": "Zoë", "occurred_at": "2026-03-01T09:30:00.250Z"}


def test_an_outcome_is_a_binary_cloudevent() -> None:
    assert Envelope("leads.handoff.v1", "mine").headers(OUTCOME) == (
        ("ce_specversion", b"1.0"),
        ("ce_id", "Zoë/*/1".encode()),
        ("ce_type", b"leads.handoff.v1"),
        ("ce_source", b"/lead-router/mine"),
        ("ce_subject", "Zoë".encode()),
        ("ce_time", b"2026-03-01T09:30:00.250Z"),
        ("content-type", b"application/json"),
    )


def test_what_is_written_can_be_opened() -> None:
    told = opened(OUTCOME, Envelope("leads.handoff.v1", "mine").headers(OUTCOME), ())
    assert told.event == OUTCOME
    assert told.said == {
        "specversion": "1.0",
        "type": "leads.handoff.v1",
        "event_id": "Zoë/*/1",
        "source": "/lead-router/mine",
        "occurred_at": "2026-03-01T09:30:00.250Z",
    }
