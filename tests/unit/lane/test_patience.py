"""How long a failed lane waits, and when it has failed too often, by the limits as they are."""

from __future__ import annotations

from worker.lane.limits import Limits
from worker.lane.patience import Patience

LIMITS = Limits()
OPENS_SECONDS = 10.0
"""What a lane takes that has much to read, beside others that open too."""
AFTER_AN_OUTAGE_SECONDS = 10.0
"""What is promised of deadlines; a lane that waits longer has broken it before it begins."""


def test_a_lane_that_failed_often_opens_as_soon_as_one_that_failed_once() -> None:
    patience = Patience(LIMITS)
    for number in range(20):
        patience.failed(float(number))
    waits = [patience.delay() for _ in range(100)]
    assert min(waits) >= 2 * LIMITS.heartbeat_seconds, "a zombie learns of its eviction before"
    assert max(waits) < AFTER_AN_OUTAGE_SECONDS - 2
    assert max(waits) - min(waits) > 1, "lanes do not come all at once"


def test_a_lane_whose_every_round_times_out_has_failed_too_often_one_day() -> None:
    patience, now, times = Patience(LIMITS), 0.0, 0
    for _ in range(LIMITS.failures_allowed):
        now += LIMITS.round_seconds
        times = patience.failed(now)
        now += 2 * LIMITS.reopen_seconds + OPENS_SECONDS
    assert times == LIMITS.failures_allowed


def test_a_lane_that_fails_once_in_a_while_goes_on_for_ever() -> None:
    patience = Patience(LIMITS)
    apart = LIMITS.failures_window_seconds / 10
    assert max(patience.failed(number * apart) for number in range(1_000)) < LIMITS.failures_allowed
