"""How Python looks for reference cycles while the worker runs."""

from __future__ import annotations

import gc

from worker.stream.garbage import YOUNG, collected_rarely


class Ring:
    """Refers to itself, so that no reference count frees it."""

    def __init__(self) -> None:
        self.itself = self


def rings() -> int:
    return sum(isinstance(one, Ring) for one in gc.get_objects())


def test_cycles_are_searched_for_seldom_but_found() -> None:
    with collected_rarely():
        assert gc.get_threshold()[0] == YOUNG
        for _ in range(YOUNG + 1_000):
            Ring()
        assert rings() < YOUNG


def test_what_was_there_is_left_out_until_the_end() -> None:
    before = gc.get_threshold()
    with collected_rarely():
        assert gc.get_freeze_count() > 0
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == before
