"""The worker with a clock that is shifted: `python -m tests.faults.deadlines.shifted SECONDS run`.

Negative seconds are a clock that is behind. The one clock is replaced before anything imports it; the client library
and the broker keep the machine's time.
"""

from __future__ import annotations

import sys
from importlib import import_module

from worker.lane import clock
from worker.lane.clock import Clock


def shifted(tells: Clock, seconds: float) -> Clock:
    """Returns a clock that is so many seconds ahead of another."""
    milliseconds = round(seconds * 1000)
    return lambda: tells() + milliseconds


if __name__ == "__main__":
    clock.wall_ms = shifted(clock.wall_ms, float(sys.argv.pop(1)))
    import_module("worker.ops.cli").main()
