"""Imports go one way, and do nothing."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PURE_ROOMS = {"schemas", "topics", "worker.accounts", "worker.intake", "worker.lifecycle"}

WATCHED_IMPORT = """
import importlib, json, sys, threading
seen = []
def watch(event, args):
    writes = event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")
    if writes and not str(args[0]).endswith(".pyc") or event in (
        "socket.connect", "socket.bind", "subprocess.Popen", "os.fork", "os.putenv", "os.mkdir"
    ):
        seen.append(event)
importlib.import_module({name!r}.partition(".")[0])
sys.addaudithook(watch)
importlib.import_module({name!r})
print(json.dumps({{"seen": seen, "threads": threading.active_count(), "modules": sorted(sys.modules)}}))
"""


def acts_on_import(source: str) -> Iterator[int]:
    """Yields the line of each top-level statement that is more than a definition."""
    inert = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    assigned = (ast.Assign, ast.AnnAssign)
    for node in ast.parse(source).body:
        told = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        guarded = isinstance(node, ast.If) and ast.unparse(node.test) in {
            "TYPE_CHECKING",
            "__name__ == '__main__'",
        }
        if not (told or guarded or isinstance(node, inert + assigned)):
            yield node.lineno


def imported(name: str) -> dict[str, Any]:
    """Returns what a fresh interpreter sees while it imports one module."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED_IMPORT.format(name=name)],
        check=True,
        capture_output=True,
        text=True,
    )
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def test_the_import_contracts_hold(root: Path) -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    cache = root / ".cache" / "import-linter"
    done = subprocess.run(
        [lint, "--no-logo", "--cache-dir", cache],
        cwd=root,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_every_pure_room_is_under_the_contract(root: Path) -> None:
    config = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]
    pure = next(contract for contract in config["contracts"] if contract["id"] == "pure")
    standing = {room for room in PURE_ROOMS if (root / room.replace(".", "/")).is_dir()}
    assert set(pure["source_modules"]) == standing


def test_modules_only_define(root: Path, python_files: list[Path]) -> None:
    shipped = [path for path in python_files if path.parts[0] in {"schemas", "topics", "worker"}]
    acting = {str(path): list(acts_on_import((root / path).read_text())) for path in shipped}
    assert {path: lines for path, lines in acting.items() if lines} == {}


def test_an_import_that_acts_is_found() -> None:
    assert list(acts_on_import("import logging\nlogging.basicConfig()\nfor x in []: pass")) == [
        2,
        3,
    ]


@pytest.mark.parametrize("name", ["schemas", "worker.lifecycle", "worker.ops.cli"])
def test_importing_touches_nothing_outside(name: str) -> None:
    after = imported(name)
    assert after["seen"] == []
    assert after["threads"] == 1


@pytest.mark.parametrize("name", ["worker.ops.cli", "worker.ops.simulate"])
def test_simulate_loads_neither_faust_nor_a_kafka_client(name: str) -> None:
    loaded = set(imported(name)["modules"])
    assert loaded & {"faust", "mode", "aiokafka", "testcontainers", "aiohttp"} == set()
