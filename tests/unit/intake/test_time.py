"""When it happened: RFC 3339 with an offset, not too long ago, not in the future."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.unit.intake.events import AT_MS, NAMED, activity, code

TIMES = {
    "2026-03-01T09:30:00.250Z": AT_MS,
    "2026-03-01t09:30:00.250z": AT_MS,
    "2026-03-01T09:30:00.2509999999Z": AT_MS,
    "2026-03-01T11:00:00.25+01:30": AT_MS,
    "2026-03-01T09:30:00.25-00:00": AT_MS,
    "2000-01-01T00:00:00Z": 946_684_800_000,
    "1999-12-31T23:30:00-00:30": 946_684_800_000,
    "2016-12-31T23:59:60Z": 1_483_228_800_000,
    "2016-12-31T15:59:60.5-08:00": 1_483_228_800_500,
    "2015-06-30T23:59:60Z": 1_435_708_800_000,
    "9999-12-31T23:59:59.999Z": 253_402_300_799_999,
}


@pytest.mark.parametrize("text, at", TIMES.items())
def test_a_time_is_read_to_the_millisecond(text: str, at: int) -> None:
    assert activity("web-visit", {**NAMED, "occurred_at": text}).at == at


def test_a_time_has_an_offset_and_a_plausible_year() -> None:
    def code_at(text: str) -> str | None:
        return code("web-visit", {**NAMED, "occurred_at": text})

    assert code_at("2026-03-01T09:30:00") == "time.missing_offset"
    assert code_at("2026-03-01T09:30:00.5") == "time.missing_offset"
    assert code_at("1999-12-31T23:59:59.999Z") == "time.past"
    assert code_at("0001-01-01T00:00:00+14:00") == "time.past"
    assert code_at("0000-02-29T12:00:00-08:00") == "time.past"
    assert code_at("0000-02-29T12:00:00") == "time.missing_offset"
    assert code_at("9999-12-31T23:59:59-01:00") == "schema.invalid"


@pytest.mark.parametrize("lead, found", [(0, None), (300_000, None), (300_001, "time.future")])
def test_a_sender_may_be_five_minutes_ahead(lead: int, found: str | None) -> None:
    assert code("web-visit", NAMED, recorded_ms=AT_MS - lead) == found


def test_a_record_without_a_timestamp_leaves_the_future_unchecked() -> None:
    assert code("web-visit", NAMED, recorded_ms=-1) is None
    assert code("web-visit", NAMED, recorded_ms=0) == "time.future"


ZONES = (
    *("Europe/Berlin", "Europe/London", "America/New_York", "America/Santiago"),
    *("Australia/Lord_Howe", "Africa/Casablanca", "Asia/Tehran", "Pacific/Auckland"),
)
HOUR = timedelta(hours=1)


def changes(zone: ZoneInfo) -> Iterator[datetime]:
    """Yields the hours (UTC) within which clocks of a zone change, from 2018 to 2028."""
    at = datetime(2018, 1, 1, tzinfo=UTC)
    while at.year < 2029:
        if at.astimezone(zone).utcoffset() != (at + HOUR).astimezone(zone).utcoffset():
            yield at
        at += HOUR


@pytest.mark.parametrize("name", ZONES)
def test_a_wall_clock_with_its_offset_is_one_instant_while_clocks_change(name: str) -> None:
    zone, cases = ZoneInfo(name), 0
    for change in changes(zone):
        for seconds in range(-7_200, 10_801, 100):
            at = change + timedelta(seconds=seconds)
            told = {**NAMED, "occurred_at": at.astimezone(zone).isoformat()}
            assert activity("web-visit", told).at == round(at.timestamp() * 1000)
            cases += 1
    assert cases > 1_000
