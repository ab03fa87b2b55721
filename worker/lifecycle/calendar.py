"""Time as the policies speak of it: spans such as "6 months", UTC days, and instants in milliseconds since 1970."""

from __future__ import annotations

import re
from calendar import isleap
from datetime import MAXYEAR, date
from functools import lru_cache

import msgspec

LAST_INSTANT = 253_402_300_799_999
"""The last millisecond of the year 9999; nothing is due later."""

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_LAST_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAY_MS = 86_400_000
_MINUTE_MS = 60_000
_UNIT_MS = {"minute": _MINUTE_MS, "hour": 3_600_000, "day": _DAY_MS}
_DAYS = 1 << 10
"""Days kept as written and as moved on: what is decided within a moment falls on few of them."""
_MINUTES = tuple(f"T{hour:02d}:{minute:02d}:" for hour in range(24) for minute in range(60))
_SECONDS = tuple(f"{second:02d}." for second in range(60))
_MILLISECONDS = tuple(f"{milliseconds:03d}Z" for milliseconds in range(1000))
"""The times of a day as they are written, in three parts: numbers are written more slowly than looked up."""
_SPAN = re.compile(r"([1-9][0-9]{0,4}) (minute|hour|day|month)s?")


class Span(msgspec.Struct, frozen=True):
    """A length of time: calendar months, or milliseconds."""

    months: int = 0
    milliseconds: int = 0


def span_of(text: str) -> Span:
    """Reads "30 days", "6 months", "5 minutes"; ValueError for anything else."""
    match = _SPAN.fullmatch(text)
    if match is None:
        message = f'"{text}" is no span of time: write a number and minutes, hours, days or months'
        raise ValueError(message)
    number, unit = int(match[1]), match[2]
    return Span(months=number) if unit == "month" else Span(milliseconds=number * _UNIT_MS[unit])


def text_of(span: Span) -> str:
    """Writes a span as a policy may write it, in the largest unit that fits."""
    if span.months:
        return _counted(span.months, "month")
    unit = next(
        unit for unit in ("day", "hour", "minute") if not span.milliseconds % _UNIT_MS[unit]
    )
    return _counted(span.milliseconds // _UNIT_MS[unit], unit)


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"


def later(at: int, span: Span) -> int:
    """Returns the instant `span` after `at`; a month that is too short ends on its last day, in UTC."""
    if not span.months:
        return min(at + span.milliseconds, LAST_INSTANT)
    days, time_of_day = divmod(at, _DAY_MS)
    moved = _months_later(days, span.months)
    return LAST_INSTANT if moved is None else moved * _DAY_MS + time_of_day


@lru_cache(maxsize=_DAYS)
def _months_later(days: int, months: int) -> int | None:
    """Returns the UTC day so many months after one, None where it is after the last year."""
    day = date.fromordinal(_EPOCH_ORDINAL + days)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > MAXYEAR:
        return None
    last_day = 29 if month == 1 and isleap(year) else _LAST_DAYS[month]
    return date(year, month + 1, min(day.day, last_day)).toordinal() - _EPOCH_ORDINAL


def utc_day(at: int) -> int:
    """Returns the UTC day of an instant, counted from 1970-01-01."""
    return at // _DAY_MS


def utc_week(at: int) -> int:
    """Returns the UTC week of an instant, counted in weeks from Monday; 1970-01-01 was a Thursday."""
    return (at // _DAY_MS + 3) // 7


def rfc3339(at: int) -> str:
    """Writes an instant as contracts have it: UTC, milliseconds, Z."""
    days, rest = divmod(at, _DAY_MS)
    second = _SECONDS[rest // 1000 % 60]
    return f"{_written(days)}{_MINUTES[rest // _MINUTE_MS]}{second}{_MILLISECONDS[rest % 1000]}"


@lru_cache(maxsize=_DAYS)
def _written(days: int) -> str:
    return date.fromordinal(_EPOCH_ORDINAL + days).isoformat()
