"""What a log must do for a lane to keep its promise: a case for each behaviour, run on memory and on a real broker."""

from __future__ import annotations

from tests.stream import conformance_reading, conformance_writing

CASES = {**conformance_writing.CASES, **conformance_reading.CASES}
