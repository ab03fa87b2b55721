"""Calls that ruff's banned-api cannot see."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

MADE = re.compile(r"AIOKafkaConsumer\(|\(aiokafka\.AIOKafkaConsumer\)")
"""A consumer of the library's is made, or a class of its kind."""


def seeded_hashes(source: str) -> Iterator[int]:
    """Yields the line of each call of `hash`, whose answer depends on PYTHONHASHSEED."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "hash"
        ):
            yield node.lineno


def test_nothing_depends_on_the_hash_seed(root: Path, python_files: list[Path]) -> None:
    found = {str(path): list(seeded_hashes((root / path).read_text())) for path in python_files}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_a_call_of_hash_is_found() -> None:
    assert list(seeded_hashes('x = 1\nhash("a")')) == [2]


def test_consumers_of_the_worker_are_made_in_one_place(
    root: Path, python_files: list[Path]
) -> None:
    making = {
        path.as_posix()
        for path in python_files
        if path.parts[0] == "worker" and MADE.search((root / path).read_text())
    }
    assert making == {"worker/lane/kafka/consumer.py"}
