"""Where the keys, tables and elements of a TOML text stand."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from worker.lifecycle.language.findings import Path
from worker.presets import NAMES, text_of
from worker.presets.lines import lines_of

TEXT = '''a = 1  # one
b."c [d]".'e' = """x = [
y\\""" # no remark
"""

[[rule]]
id = "x # y"
when = { any = [{ a = 1 }, # one
  { b = "]" },
], z = 'it''s' }
[rule.more]
list = [
  1,

  [2, "]"],
  # no element
  1979-05-27 07:32:00,
]
[[rule]]
d = -1.5e3
[[rule.sub]]
q = {}
[[rule.sub]]
[x."y.z"]
k = true
[x]
'''.replace("'it''s'", "'its'")

LINES = {
    ("a",): 1,
    ("b",): 2,
    ("b", "c [d]"): 2,
    ("b", "c [d]", "e"): 2,
    ("rule",): 6,
    ("rule", 0): 6,
    ("rule", 0, "id"): 7,
    ("rule", 0, "when"): 8,
    ("rule", 0, "when", "any"): 8,
    ("rule", 0, "when", "any", 0): 8,
    ("rule", 0, "when", "any", 0, "a"): 8,
    ("rule", 0, "when", "any", 1): 9,
    ("rule", 0, "when", "any", 1, "b"): 9,
    ("rule", 0, "when", "z"): 10,
    ("rule", 0, "more"): 11,
    ("rule", 0, "more", "list"): 12,
    ("rule", 0, "more", "list", 0): 13,
    ("rule", 0, "more", "list", 1): 15,
    ("rule", 0, "more", "list", 1, 0): 15,
    ("rule", 0, "more", "list", 1, 1): 15,
    ("rule", 0, "more", "list", 2): 17,
    ("rule", 1): 19,
    ("rule", 1, "d"): 20,
    ("rule", 1, "sub"): 21,
    ("rule", 1, "sub", 0): 21,
    ("rule", 1, "sub", 0, "q"): 22,
    ("rule", 1, "sub", 1): 23,
    ("x",): 24,
    ("x", "y.z"): 24,
    ("x", "y.z", "k"): 25,
}


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yields the path of everything in what Python's own reader makes of a text."""
    inside: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    for part, below in inside:
        yield (*path, part)
        yield from places(below, (*path, part))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_everything_has_its_line(end: str) -> None:
    assert lines_of(TEXT.replace("\n", end)) == LINES


@pytest.mark.parametrize("text", [TEXT, *map(text_of, NAMES)])
def test_nothing_is_missed_that_the_reader_finds(text: str) -> None:
    assert set(lines_of(text)) == set(places(tomllib.loads(text)))
