"""Points fade by exact arithmetic."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.lifecycle.scoring import faded, one_decimal

HALF_LIFE = 90 * 86_400_000


def slow(score: int, elapsed: int, half_life: int) -> int:
    """The same by fifty decimal digits."""
    with localcontext() as context:
        context.prec = 50
        left = Decimal(score) * Decimal(2) ** (Decimal(-elapsed) / Decimal(half_life))
        return int((left + Decimal("0.5")).to_integral_value(rounding=ROUND_FLOOR))


@given(
    st.integers(min_value=-10_000_000, max_value=10_000_000),
    st.integers(min_value=0, max_value=40 * HALF_LIFE),
)
def test_a_score_fades_as_in_decimal_arithmetic(score: int, elapsed: int) -> None:
    assert faded(score, elapsed, HALF_LIFE) == slow(score, elapsed, HALF_LIFE)


@pytest.mark.parametrize(
    "score,half_lives,left",
    [(60_000, 1, 30_000), (60_000, 2, 15_000), (1, 1, 1), (3, 1, 2), (-3, 1, -1), (5, 400, 0)],
)
def test_whole_half_lives_halve_and_round_half_up(score: int, half_lives: int, left: int) -> None:
    assert faded(score, half_lives * HALF_LIFE, HALF_LIFE) == left


@pytest.mark.parametrize(
    "score,shown", [(49, 0.0), (50, 0.1), (14_949, 14.9), (14_950, 15.0), (-50, 0.0), (-51, -0.1)]
)
def test_points_are_shown_with_one_decimal(score: int, shown: float) -> None:
    assert one_decimal(score) == shown
