"""Times and days as they are written: RFC 3339 text in, UTC to the millisecond out."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import msgspec
from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

NO_OFFSET = "time_offset"
"""Error type of a time that is well written but for its offset."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_FIRST = datetime.min.replace(tzinfo=UTC)
_HOUR = r"(?:[01]\d|2[0-3]):[0-5]\d"
_OFFSET = rf"(?:Z|[+-]{_HOUR})"
_RFC_3339 = re.compile(
    rf"\d{{4}}-\d\d-\d\dT{_HOUR}:(?:[0-5]\d|60)(?:\.\d+)?{_OFFSET}?", re.ASCII | re.IGNORECASE
)
_USUAL_LENGTHS = frozenset(map(len, ("2026-03-01T09:30:00Z", "2026-03-01T09:30:00.250Z")))
_LEAP_DAYS = {(6, 30), (12, 31)}
"""Month and day that may end in a second 60, in UTC."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def instant_of(told: object) -> datetime:
    """Returns the instant of RFC 3339 text or of a datetime with an offset, in UTC, floored to the millisecond."""
    if isinstance(told, str):
        if (usual := _usual(told)) is not None:
            return usual
        read = _read(told)
    elif isinstance(told, datetime):
        read = told
    else:
        raise PydanticCustomError("time_type", "Input should be an RFC 3339 time")
    if read.tzinfo is None:
        raise PydanticCustomError(NO_OFFSET, "Input should have an offset from UTC, or Z")
    if read.tzinfo is not UTC:
        read = _in_utc(read)
    excess = read.microsecond % 1000
    return read.replace(microsecond=read.microsecond - excess) if excess else read


def _usual(text: str) -> datetime | None:
    """Returns what most times are, UTC to the second or the millisecond, at once; None for all others."""
    if len(text) in _USUAL_LENGTHS and text[10] == "T" and text[-1] == "Z":
        try:
            return msgspec.convert(text, datetime)
        except msgspec.ValidationError:
            return None
    return None


def _read(text: str) -> datetime:
    if not _RFC_3339.fullmatch(text):
        raise PydanticCustomError("time_format", "Input should be an RFC 3339 time")
    try:
        return _read_any(text.upper())
    except (ValueError, OverflowError):
        raise PydanticCustomError("time_value", "Input should be a time that exists") from None


def _read_any(text: str) -> datetime:
    """Reads also what Python cannot: leap seconds, and the year 0, which stands for the first instant there is."""
    if text.startswith("0000"):
        read = datetime.fromisoformat(f"2000{text[4:]}")
        return read if read.tzinfo is None else _FIRST
    if not text.startswith("60", 17):
        return datetime.fromisoformat(text)
    read = datetime.fromisoformat(f"{text[:17]}59{text[19:]}")
    in_utc = read.astimezone(UTC) if read.tzinfo else read
    if (in_utc.hour, in_utc.minute) != (23, 59) or (in_utc.month, in_utc.day) not in _LEAP_DAYS:
        raise ValueError(text)
    return read + _SECOND


def _in_utc(read: datetime) -> datetime:
    try:
        return read.astimezone(UTC)
    except OverflowError:
        if read.year == 1:
            return _FIRST
        raise PydanticCustomError(
            "time_value", "Input should be a time before the year 10000"
        ) from None


def milliseconds(instant: datetime) -> int:
    """Returns UTC milliseconds since 1970."""
    since = instant - EPOCH
    return since.days * 86_400_000 + since.seconds * 1_000 + since.microseconds // 1_000


def rfc3339(instant: datetime) -> str:
    """Writes a UTC instant to the millisecond, with Z."""
    return f"{instant.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def day_of(told: object) -> date:
    """Returns the day of `YYYY-MM-DD` text, or the date that is given."""
    if isinstance(told, date) and not isinstance(told, datetime):
        return told
    if not isinstance(told, str) or not _DAY.fullmatch(told):
        raise PydanticCustomError("day_format", "Input should be a date, YYYY-MM-DD")
    try:
        return date.fromisoformat(told)
    except ValueError:
        raise PydanticCustomError("day_value", "Input should be a date that exists") from None


Instant = Annotated[
    datetime,
    BeforeValidator(instant_of),
    PlainSerializer(rfc3339, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": r"([Zz]|[+-]\d\d:\d\d)$"}),
]
"""A point in time; RFC 3339 with an offset on the wire, an aware UTC datetime in Python."""

Day = Annotated[
    date,
    BeforeValidator(day_of),
    WithJsonSchema({"type": "string", "format": "date"}),
]
"""A calendar day, `YYYY-MM-DD`."""

Seconds = Annotated[int, Field(ge=0)] | Annotated[float, Field(ge=0)]
"""How long something took."""
