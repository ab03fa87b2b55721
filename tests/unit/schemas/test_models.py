"""The models as producers and consumers in Python use them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

import schemas
from schemas import CallDisposition, CrmUpdate, FormSubmission, StatusChange

BERLIN = timezone(timedelta(hours=1))


def test_a_producer_writes_times_and_days_as_python_has_them() -> None:
    told = CallDisposition(
        event_id="1",
        occurred_at=datetime(2026, 3, 1, 10, 30, 0, 250_999, tzinfo=BERLIN),
        outcome="connected",
        expected_close_on=date(2026, 6, 30),
    )
    assert told.occurred_at == datetime(2026, 3, 1, 9, 30, 0, 250_000, tzinfo=UTC)
    written = told.model_dump_json(exclude_unset=True)
    assert '"occurred_at":"2026-03-01T09:30:00.250Z"' in written
    assert '"expected_close_on":"2026-06-30"' in written
    assert CallDisposition.model_validate_json(written) == told


def test_a_time_without_an_offset_is_refused() -> None:
    naive = datetime(2026, 3, 1)  # noqa: DTZ001 - the point
    with pytest.raises(ValidationError, match="offset"):
        FormSubmission(event_id="1", occurred_at=naive, form_id="x")


def test_unknown_fields_are_ignored_or_forbidden() -> None:
    told = {
        "event_id": "1",
        "occurred_at": "2026-03-01T09:30:00Z",
        "form_id": "x",
        "colour": "blue",
    }
    assert not hasattr(FormSubmission.model_validate(told), "colour")
    with pytest.raises(ValidationError, match="Extra inputs"):
        FormSubmission.model_validate(told, extra="forbid")


def test_crm_updates_are_told_apart_by_their_action() -> None:
    told = {
        "event_id": "1",
        "occurred_at": "2026-03-01T09:30:00Z",
        "action": "ownership_requested",
        "by_team": "sales",
    }
    assert type(CrmUpdate.model_validate(told).root).__name__ == "OwnershipRequested"
    with pytest.raises(ValidationError):
        CrmUpdate.model_validate({**told, "action": "erased"})


def test_an_error_does_not_repeat_the_input() -> None:
    with pytest.raises(ValidationError) as told:
        FormSubmission.model_validate(
            {"event_id": "hush", "occurred_at": "hush", "form_id": ["hush"]}
        )
    assert "hush" not in str(told.value)


def test_a_consumer_reads_fields_that_a_newer_worker_adds() -> None:
    with pytest.raises(ValidationError) as told:
        StatusChange.model_validate({"of_tomorrow": 1})
    assert all(error["type"] == "missing" for error in told.value.errors())


def test_there_is_nothing_else() -> None:
    with pytest.raises(AttributeError, match="schemas has no Wish"):
        _ = schemas.Wish
