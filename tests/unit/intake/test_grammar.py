"""What is JSON, told without a parser."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from worker.intake.grammar import is_json
from worker.intake.parse import LARGEST_PARSED as MOST

SCRAPS = ["{", "}", "[", "]", ",", ":", '"a"', '"a":', "1", "-", "0", ".5", "e9", "true", "null", " ", "\n", '"', "\\",
          "\\u0041", "\\ud800", "\\udc00", "\x01", "é", "x"]  # fmt: skip


def as_the_slow_parser_has_it(text: str) -> bool:
    def no_constant(name: str) -> None:
        raise ValueError(name)

    try:
        told = json.loads(text, parse_constant=no_constant, parse_int=float)
        json.dumps(told, ensure_ascii=False).encode()
    except ValueError:
        return False
    return True


@given(st.lists(st.sampled_from(SCRAPS), max_size=10).map("".join))
@example('{"a":1,"b":[{},[],"\\ud83d\\ude00",-0.5e+9]}')
@example('["a":1]')
@example('{"a":1,2}')
@example("1 2")
@example('[{"a":1},"b":2]')
def test_it_agrees_with_a_parser_where_that_does_not_give_up(text: str) -> None:
    assert is_json(text) == as_the_slow_parser_has_it(text)


WORST = {
    "[" * MOST: False,
    "[" * (MOST // 2) + "]" * (MOST // 2): True,
    '{"":' * (MOST // 5) + "1" + "}" * (MOST // 5): True,
    "[1e999" + ",0" * (MOST // 2) + "]": True,
    "[1e999" + ',""' * (MOST // 3) + "]": True,
    "1" * MOST: True,
    " " * MOST: False,
    "[1" + "  ,1" * (MOST // 4): False,
    '"' + '\\"' * (MOST // 2): False,
    '"\x01' * (MOST // 2): False,
    '"' + "\\u00" * (MOST // 4): False,
}


def seconds_of(work: Callable[[], object]) -> float:
    """Returns the CPU time of the fastest of three."""

    def once() -> float:
        began = time.process_time()
        work()
        return time.process_time() - began

    return min(once() for _ in range(3))


@pytest.mark.parametrize("text", WORST, ids=[text[:8].encode().hex() for text in WORST])
def test_the_worst_that_fits_is_told_within_a_second(text: str) -> None:
    assert is_json(text) == WORST[text]
    assert seconds_of(lambda: is_json(text)) < 1


def test_what_never_closes_takes_no_longer_than_two() -> None:
    text = "[" * MOST
    one_look = seconds_of(lambda: sum(1 for character in text if character in "[{"))
    assert seconds_of(lambda: is_json(text)) < 2 * one_look
