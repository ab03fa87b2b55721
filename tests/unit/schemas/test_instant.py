"""Times as they are mostly written are read as all others are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from schemas.instant import EPOCH, _read, _usual, instant_of, milliseconds

two_digits = st.integers(0, 99).map("{:02}".format)
written = st.builds(
    "{:04}-{}-{}T{}:{}:{}{}{}".format,
    st.integers(0, 9999),
    *[st.integers(1, 12).map("{:02}".format) | two_digits for _ in range(5)],
    st.sampled_from(["", ".000", ".250", ".999"]),
    st.sampled_from(["Z", "+00:00", "-00:00", "+02:00", "-23:59", "+24:00"]),
)


def read(text: str) -> datetime | str:
    try:
        return instant_of(text)
    except PydanticCustomError as error:
        return error.type


@given(written)
@example("2026-02-29T00:00:00Z")
@example("2016-12-31T23:59:60Z")
@example("0001-01-01T00:00:00.000+02:00")
@example("9999-12-31T23:59:59.999-23:59")
@example("9999-12-31T23:59:60Z")
def test_lower_case_says_the_same(text: str) -> None:
    assert read(text) == read(text.replace("T", "t"))


@given(written, st.integers(0, 23), st.sampled_from("0129TtZz :.,-+W٣"))
@example("2026-03-01T00:00:00Z", 10, " ")
@example("2026-03-01T00:00:00.250Z", 10, " ")
@example("2026-03-01T23:00:00Z", 12, "4")
@example("2026-03-01T00:00:00.250Z", 23, "0")
def test_the_short_way_takes_nothing_that_the_long_one_refuses_or_reads_otherwise(
    text: str, place: int, character: str
) -> None:
    nearly = f"{text[:place]}{character}{text[place + 1 :]}"
    usual = _usual(nearly)
    assert usual is None or (usual, usual.tzinfo) == (_told(nearly), UTC)


def _told(text: str) -> datetime | None:
    try:
        return _read(text)
    except PydanticCustomError:
        return None


@given(two_digits, two_digits, two_digits, two_digits)
@example("24", "00", "00", "00")
@example("00", "00", "00", "24")
def test_hours_and_minutes_are_held_to_the_pattern_whatever_python_reads(
    hour: str, minute: str, second: str, offset: str
) -> None:
    told = read(f"2026-03-01T{hour}:{minute}:{second}+{offset}:00")
    fits = hour < "24" and minute < "60" and second <= "60" and offset < "24"
    assert (told != "time_format") == fits


@given(st.integers(-(10**13), 10**13), st.integers(0, 999))
def test_milliseconds_are_counted_from_1970_and_floored(ms: int, us: int) -> None:
    assert milliseconds(EPOCH + timedelta(milliseconds=ms, microseconds=us)) == ms
