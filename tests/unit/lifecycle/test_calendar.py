"""Spans, months and instants."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.lifecycle.calendar import LAST_INSTANT, Span, later, rfc3339, span_of, utc_day

DAYS = 20_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(min_value=946_684_800_000, max_value=4_102_444_800_000)


def milliseconds(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(milliseconds=1)


@pytest.mark.parametrize(
    "start,months,end",
    [
        ("2024-08-31T09:30:00.250Z", 6, "2025-02-28T09:30:00.250Z"),
        ("2023-08-31T09:30:00.000Z", 6, "2024-02-29T09:30:00.000Z"),
        ("2024-02-29T23:59:59.999Z", 12, "2025-02-28T23:59:59.999Z"),
        ("2024-12-31T00:00:00.000Z", 2, "2025-02-28T00:00:00.000Z"),
        ("2024-01-01T00:00:00.000Z", 24, "2026-01-01T00:00:00.000Z"),
    ],
)
def test_a_month_that_is_too_short_ends_on_its_last_day(start: str, months: int, end: str) -> None:
    assert rfc3339(later(milliseconds(start), Span(months=months))) == end


@given(INSTANTS, st.integers(min_value=1, max_value=60))
def test_months_end_where_calendars_say(at: int, months: int) -> None:
    start = EPOCH + timedelta(milliseconds=at)
    end = EPOCH + timedelta(milliseconds=later(at, Span(months=months)))
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day == min(start.day, calendar.monthrange(end.year, end.month)[1])
    assert end.time() == start.time()


def test_every_day_of_fifty_years_is_moved_by_months_as_calendars_say() -> None:
    first, noon = date(2000, 1, 1).toordinal(), 43_200_000
    for ordinal in range(first, first + DAYS):
        start = date.fromordinal(ordinal)
        at = (ordinal - EPOCH.toordinal()) * 86_400_000 + noon
        for months in (1, 6, 24):
            year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
            day = min(start.day, calendar.monthrange(year, month + 1)[1])
            end = datetime(year, month + 1, day, 12, tzinfo=UTC)
            assert later(at, Span(months=months)) == (end - EPOCH) // timedelta(milliseconds=1)


def test_nothing_is_due_after_the_last_year() -> None:
    assert later(LAST_INSTANT - 1, Span(months=6)) == LAST_INSTANT
    assert later(LAST_INSTANT - 1, Span(milliseconds=10_000)) == LAST_INSTANT
    assert rfc3339(LAST_INSTANT) == "9999-12-31T23:59:59.999Z"


@pytest.mark.parametrize(
    "text,span",
    [
        ("1 day", Span(milliseconds=86_400_000)),
        ("5 minutes", Span(milliseconds=300_000)),
        ("2 hours", Span(milliseconds=7_200_000)),
        ("6 months", Span(months=6)),
    ],
)
def test_spans_read_as_they_are_spoken(text: str, span: Span) -> None:
    assert span_of(text) == span


@pytest.mark.parametrize("text", ["", "day", "0 days", "-1 days", "1.5 days", "6 moons", "6  days"])
def test_anything_else_is_no_span(text: str) -> None:
    with pytest.raises(ValueError, match="no span of time"):
        span_of(text)


@given(INSTANTS)
def test_an_instant_reads_back(at: int) -> None:
    assert milliseconds(rfc3339(at)) == at
    assert EPOCH + timedelta(days=utc_day(at)) <= EPOCH + timedelta(milliseconds=at)
