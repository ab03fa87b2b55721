"""Two streams are compared with a look ahead, however long they are and wherever they differ."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence

import pytest

from worker.lane.processor import Record, TopicPartition
from worker.ops.verify.expected import Cause, Expected
from worker.ops.verify.findings import Findings
from worker.ops.verify.matching import LOOK_AHEAD, REMEMBERED, Matching

PLACE = TopicPartition("leads.status-change.v1", 0)
LONG = 3 * LOOK_AHEAD


def value(number: int, **more: object) -> bytes:
    return json.dumps({"event_id": f"lead/*/{number}", **more}).encode()


def number_in(told: bytes) -> int:
    return int(json.loads(told)["event_id"].rpartition("/")[2])


def published(numbers: Sequence[int], **more: object) -> list[Record]:
    return [Record(*PLACE, place, 0, b"lead", value(n, **more)) for place, n in enumerate(numbers)]


def expected(number: int) -> Expected:
    cause = Cause(number, 0, certain=True, outcomes=1)
    return Expected(cause, f"lead/*/{number}", b"lead", value(number))


async def compared(found: list[Record], aligned_from_ms: int | None = None) -> dict[str, int]:
    """Compares what is found with the numbers from 0 on, a hundred at a time; returns what was named."""
    findings = Findings()
    told = 0
    matching = Matching(PLACE, findings, None, lambda one: number_in(one) < told, aligned_from_ms)
    read = 0
    for told in range(0, LONG, 100):
        matching.expected.extend(map(expected, range(told, told + 100)))
        while matching.wanted > 0 and read < len(found):
            matching.found.extend(found[read : read + 100])
            read += 100
        matching.settle(told_all=False, read_all=read >= len(found))
        assert len(matching.found) <= 2 * LOOK_AHEAD
    matching.found.extend(found[read:])
    matching.settle(told_all=True, read_all=True)
    if matching.has_to_look_again:
        await matching.look_again(batches(found))
    matching.close()
    return {str(name): count for name, count in findings.counts.items()}


async def batches(records: list[Record]) -> AsyncIterator[Sequence[Record]]:
    yield records


@pytest.mark.parametrize(
    "numbers, named",
    [
        (range(LONG), {}),
        ([n for n in range(LONG) if n % 7], {"lost": len(range(0, LONG, 7))}),
        (range(LOOK_AHEAD * 2), {"lost": LOOK_AHEAD}),
        (range(LOOK_AHEAD * 2, LONG), {"lost": LOOK_AHEAD * 2}),
        ([n for n in range(LONG) for _ in range(1 + (n % 5 == 0))], {"duplicate-effect": 2400}),
        ([*range(5_000), *range(4_500), *range(5_000, LONG)], {"duplicate-effect": 4_500}),
        ([*range(LONG, LONG + 3_500), *range(LONG)], {"phantom": 3_500}),
        ([n + 1 if n % 2 == 0 else n - 1 for n in range(LONG)], {"reordered": LONG // 2}),
        ([*range(5, LONG), 0, 1, 2, 3, 4], {"lost": 5, "duplicate-effect": 5}),
    ],
)
async def test_differences_are_named_however_many(
    numbers: Sequence[int], named: dict[str, int]
) -> None:
    assert await compared(published(numbers)) == named


async def test_what_comes_again_long_after_the_first_is_compared_with_it() -> None:
    assert LONG > REMEMBERED + LOOK_AHEAD
    same, other = published([3])[0], published([4], rule="another")[0]
    assert await compared([*published(range(LONG)), same, other]) == {
        "duplicate-effect": 1,
        "divergent-duplicate": 1,
    }


async def test_streams_are_aligned_where_the_first_ids_agree() -> None:
    assert await compared(published(range(LOOK_AHEAD + 5, LONG)), 1) == {}


async def test_what_is_missing_behind_the_first_is_lost_all_the_same() -> None:
    numbers = [n for n in range(LOOK_AHEAD, LONG) if n != LOOK_AHEAD + 40]
    assert await compared(published(numbers), 1) == {"lost": 1}
