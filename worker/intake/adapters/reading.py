"""How a vendor's values are read; what cannot be read stays as it is, for the schema to refuse."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

from schemas.instant import EPOCH, rfc3339

_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_TOO_MANY = 10**18


def text(told: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Returns a number as its digits: vendors write ids either way."""
    return str(told) if isinstance(told, int) and not isinstance(told, bool) else told


def first_text(told: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Returns the first of several texts, or the only one; None where there is none."""
    return (
        next((one for one in told if isinstance(one, str)), None)
        if isinstance(told, list)
        else text(told)
    )


def flag(told: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Returns a boolean, also of `1`, `0` and the words."""
    return {"true": True, "1": True, "false": False, "0": False}.get(
        str(told).strip().lower(), told
    )


def lower(told: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Returns a word in lower case."""
    return told.strip().lower() if isinstance(told, str) else told


def seconds(told: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Returns RFC 3339 for seconds since 1970, a number or its digits."""
    return _instant(told, 1_000)


def milliseconds(told: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Returns RFC 3339 for milliseconds since 1970, a number or its digits."""
    return _instant(told, 1)


def seconds_of_milliseconds(told: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Returns a duration in seconds, from milliseconds as a number or its digits."""
    number = _number(told)
    if number is None:
        return told
    duration = number / 1_000
    return int(duration) if duration == duration.to_integral_value() else float(duration)


def _instant(told: Any, unit_ms: int) -> Any:  # noqa: ANN401 - any JSON value
    number = told if type(told) is int and abs(told) < _TOO_MANY else _number(told)
    if number is None:
        return told
    try:
        at = EPOCH + timedelta(milliseconds=int((number * unit_ms) // 1))
    except OverflowError:
        return told
    return rfc3339(at)


def _number(told: Any) -> Decimal | None:  # noqa: ANN401 - any JSON value
    if isinstance(told, bool) or not isinstance(told, int | float | str):
        return None
    digits = str(told).strip()
    return Decimal(digits) if _NUMBER.fullmatch(digits) else None
