"""A file holds one idea and a function fits on a screen; who needs more says why here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

FILE_LINES = 250
FUNCTION_LINES = 40

LONG_FILES: dict[str, str] = {}
"""Path -> why it is longer."""

LONG_FUNCTIONS: dict[str, str] = {}
"""path:function -> why it is longer."""


def long_functions(source: str) -> Iterator[tuple[str, int]]:
    """Yields (name, lines) of each function over the limit, its docstring not counted."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            told = ast.get_docstring(node, clean=False) is not None
            docstring = first.end_lineno - first.lineno + 1 if told and first.end_lineno else 0
            lines = (node.end_lineno or node.lineno) - node.lineno + 1 - docstring
            if lines > FUNCTION_LINES:
                yield node.name, lines


def test_files_are_short(root: Path, python_files: list[Path]) -> None:
    lengths = {str(path): len((root / path).read_text().splitlines()) for path in python_files}
    assert {
        path: n for path, n in lengths.items() if n > FILE_LINES and path not in LONG_FILES
    } == {}
    assert [path for path in LONG_FILES if lengths.get(path, 0) <= FILE_LINES] == []


def test_functions_fit_on_a_screen(root: Path, python_files: list[Path]) -> None:
    found = {
        f"{path}:{name}": lines
        for path in python_files
        for name, lines in long_functions((root / path).read_text())
    }
    assert {where: n for where, n in found.items() if where not in LONG_FUNCTIONS} == {}
    assert [where for where in LONG_FUNCTIONS if where not in found] == []


def test_a_long_function_is_found_and_its_docstring_is_free() -> None:
    body = "    x = 1\n" * FUNCTION_LINES
    assert list(long_functions(f"def f():\n{body}")) == [("f", FUNCTION_LINES + 1)]
    assert list(long_functions(f'def f():\n    """{"a" * 9}."""\n{body[10:]}')) == []
