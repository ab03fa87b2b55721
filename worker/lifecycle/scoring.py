"""Engagement: points that fade.

A score is a whole number of thousandths of a point. It halves every `half_life` milliseconds, smoothly, and is rounded
half up each time an activity scores; between such activities only its reading fades. The halving uses integers alone:
the elapsed part of a half-life is written with four digits of twelve bits, and a table holds, in fixed point, what each
value of each digit leaves of a score. The tables are products of 2 ** -(1/2), 2 ** -(1/4), ..., which are square roots.
So every machine computes the same thousandth.
"""

from __future__ import annotations

from math import isqrt

import msgspec

MILLI = 1000
"""Thousandths in a point."""

_BITS = 60
"""Binary places; two of Python's own digits, which keeps a multiplication cheap."""
_ONE = 1 << _BITS
_DIGITS = 4
_DIGIT_BITS = 12
_PART_BITS = _DIGITS * _DIGIT_BITS


def _tables() -> list[list[int]]:
    """Returns what is left after each value of each digit, the most significant digit first."""
    exact, root, tables = 2 * _BITS, 1 << (2 * _BITS - 1), []
    for _ in range(_DIGITS):
        roots = []
        for _ in range(_DIGIT_BITS):
            root = isqrt(root << exact)
            roots.append(root >> (exact - _BITS))
        left = [_ONE]
        for factor in reversed(roots):
            left += [value * factor >> _BITS for value in left]
        tables.append(left)
    return tables


_FIRST, _SECOND, _THIRD, _FOURTH = _tables()
_MASK = (1 << _DIGIT_BITS) - 1


class Fading(msgspec.Struct, frozen=True):
    """What time does to engagement; spans in milliseconds, points in thousandths.

    It halves every `half_life`, never where that is None; each span of `idle_after` in which the lead did nothing adds
    `idle_points`, though never so that what is left is less than nothing.
    """

    half_life: int | None
    idle_after: int | None
    idle_points: int


def faded(score: int, elapsed: int, half_life: int) -> int:
    """Returns what is left of `score` thousandths after `elapsed` milliseconds, rounded half up."""
    if not score or not elapsed:
        return score
    halvings, rest = divmod(elapsed, half_life)
    part = (rest << _PART_BITS) // half_life
    upper = _FIRST[part >> 36] * _SECOND[part >> 24 & _MASK] >> _BITS
    lower = _THIRD[part >> 12 & _MASK] * _FOURTH[part & _MASK] >> _BITS
    shift = _BITS + halvings
    return (score * (upper * lower >> _BITS) * 2 + (1 << shift)) >> (shift + 1)


def idled(score: int, points: int) -> int:
    """Returns a score after idleness has added `points`; it takes no more away than there is."""
    return score + points if points > 0 else max(score + points, min(score, 0))


def one_decimal(score: int) -> float:
    """Writes thousandths as points with one decimal, rounded half up."""
    return (score + 50) // 100 / 10
