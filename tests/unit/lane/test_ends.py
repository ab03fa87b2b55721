"""An end that lies before what was read is asked for again: a broker that was cut off answers as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest

from worker.lane.ends import settled_ends
from worker.lane.log import Log
from worker.lane.processor import TopicPartition

HERE, THERE = TopicPartition("spine", 0), TopicPartition("spine", 1)


class Answers:
    """A log whose ends are told one answer after the other."""

    def __init__(self, *answers: Mapping[TopicPartition, int]) -> None:
        self.left = list(answers)

    async def ends(self, _places: Sequence[TopicPartition]) -> Any:
        return self.left.pop(0)


@pytest.mark.parametrize(
    "answers, ends, asked",
    [
        ([{HERE: 15, THERE: 0}], {HERE: 15, THERE: 0}, 1),
        ([{HERE: 4, THERE: 0}, {HERE: 16, THERE: 1}], {HERE: 16, THERE: 1}, 2),
        ([{HERE: 4, THERE: 0}, {HERE: 4, THERE: 0}], {HERE: 4, THERE: 0}, 2),
    ],
    ids=["as it is", "as it was", "made anew"],
)
async def test_an_end_before_what_was_read_is_asked_for_once_more(
    answers: Any, ends: Any, asked: int
) -> None:
    log = Answers(*answers)
    found = await settled_ends(cast("Log", log), [HERE, THERE], {HERE: 15}, 0.0)
    assert (found, len(log.left)) == (ends, len(answers) - asked)
