"""When everything has healed: nothing is left of what had come, and what comes due meanwhile is not waited for."""

from __future__ import annotations

import asyncio
from itertools import count
from pathlib import Path

from tests.faults.healing import PASSES, looks
from worker.stream.lag import Lag

Told = dict[str, tuple[int | None, int, int]]
"""Of each topic: what its group has committed, where it ends, and how many messages lie between."""


def left_of(*told: Told) -> list[int]:
    """Returns how many messages were seen to be left, look by look; the last of these looks has to be the last."""
    coming = iter(told)

    async def look() -> list[Lag]:
        return [Lag("group", topic, 0, *one, 0.0) for topic, one in next(coming).items()]

    async def course() -> list[int]:
        return [left async for left in looks(look)]

    found = asyncio.run(course())
    assert list(coming) == []
    return found


def test_nothing_is_left_where_nothing_was_and_nothing_came() -> None:
    markers: Told = {"inputs": (None, 2, 0), "spine": (7, 8, 0)}
    assert left_of(markers, markers) == []


def test_a_message_that_is_young_is_waited_for_like_any_other() -> None:
    young: Told = {"spine": (9, 10, 1)}
    done: Told = {"spine": (10, 10, 0)}
    assert left_of(young, young, young, done, done) == [1, 1]


def test_what_the_last_group_wrote_to_the_first_while_it_was_asked_is_waited_for() -> None:
    before: Told = {"inputs": (10, 10, 0), "account-log": (4, 5, 1)}
    done: Told = {"inputs": (10, 10, 0), "account-log": (5, 5, 0)}
    more: Told = {"inputs": (10, 12, 2), "account-log": (5, 5, 0)}
    through: Told = {"inputs": (12, 12, 0), "account-log": (5, 5, 0)}
    assert left_of(before, done, more, through, through) == []


def test_deadlines_that_go_on_coming_due_hold_nothing_up() -> None:
    moments: list[Told] = [{"spine": (end, end + 1, 1)} for end in range(PASSES + 1)]
    assert left_of(*moments) == []


def test_who_never_comes_further_is_never_through() -> None:
    ends = count(10)

    async def look() -> list[Lag]:
        return [Lag("group", "spine", 0, 9, next(ends), 1, 0.0)]

    async def course() -> int:
        seen = 0
        async for _ in looks(look):
            seen += 1
            if seen > PASSES:
                break
        return seen

    assert asyncio.run(course()) == PASSES + 1


def test_nobody_has_a_meaning_of_healed_of_their_own() -> None:
    asks = {
        path.name
        for path in Path(__file__).parent.rglob("*.py")
        if "lag_reader" in path.read_text() and path != Path(__file__)
    }
    assert asks == {"healing.py", "gauge.py", "soak.py"}, "the others look while it goes on"
