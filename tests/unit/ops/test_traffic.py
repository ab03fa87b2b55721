"""Sample traffic is the same for the same seed, comes in order, and holds a bit of everything."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256

import orjson
import pytest

from topics.catalogue import INPUTS, RAW
from worker.ops.traffic import Produced, history, live

ENDS_AT = 1_790_000_000_000
DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def nine_months() -> list[Produced]:
    return list(history(7, 2_000, ENDS_AT))


def events_of(records: list[Produced]) -> int:
    """Returns how many events there are, those in vendors' arrays counted one by one."""
    arrays = (r for r in records if r.topic.startswith("leads.raw.") and r.value.startswith(b"["))
    return len(records) + sum(len(orjson.loads(record.value)) - 1 for record in arrays)


def digest(records: list[Produced]) -> str:
    return sha256(repr(records).encode()).hexdigest()


def test_the_same_seed_gives_the_same_bytes_whatever_the_hash_seed() -> None:
    script = (
        "from hashlib import sha256; from worker.ops.traffic import history, live;"
        f"r = [*history(3, 50, {ENDS_AT}), *live(3, 50, {ENDS_AT}, 100, 50)];"
        "print(sha256(repr(r).encode()).hexdigest())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    here = [*history(3, 50, ENDS_AT), *live(3, 50, ENDS_AT, 100, 50)]
    assert told == {digest(here)}


def test_another_seed_gives_other_leads() -> None:
    assert digest(list(history(3, 5, ENDS_AT))) != digest(list(history(4, 5, ENDS_AT)))


def test_history_is_about_ten_events_a_lead_in_order_within_nine_months(
    nine_months: list[Produced],
) -> None:
    times = [record.timestamp_ms for record in nine_months]
    assert 18_000 < events_of(nine_months) < 22_000
    assert times == sorted(times)
    assert times[0] > ENDS_AT - 271 * DAY_MS
    assert times[-1] <= ENDS_AT


def test_every_kind_of_event_occurs(nine_months: list[Produced]) -> None:
    topics = {record.topic for record in nine_months}
    assert topics == {topic.name for topic in (*INPUTS, *RAW)}


def test_live_traffic_keeps_to_its_rate_and_to_now() -> None:
    records = list(live(7, 2_000, ENDS_AT, 1_000, 200))
    times = [record.timestamp_ms for record in records]
    assert 950 < events_of(records) < 1_100
    assert times == sorted(times)
    assert times[0] >= ENDS_AT
    assert times[-1] <= ENDS_AT + 5_000
