"""The policies that are shipped, and the way a policy comes from a file: `load("inside-sales")`, `load("mine.toml")`.

A policy file may say `extends = "NAME"`, a shipped file; what it says itself wins, table by table, and its lists
replace whole lists. What travels on the spine and is digested is the whole, never the file.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from worker.lifecycle import compiler
from worker.lifecycle.plan import Policy
from worker.lifecycle.policy import PolicyError

NAMES = ("inside-sales",)
"""The policies of contracts.md section 4, the default first."""

_EXTENSIONS_DEEP = 4
"""How many files may extend each other: enough for a house's own base, and an end to a circle."""


def load(name: str) -> Policy:
    """Loads a shipped policy by name, or one from a file; PolicyError says what is wrong with it."""
    return compiler.load(_whole(text_of(name), _EXTENSIONS_DEEP))


def text_of(name: str) -> str:
    """Returns the text of a shipped policy or of a file."""
    if name in NAMES:
        return _shipped(name)
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        allowed = ", ".join(NAMES)
        raise PolicyError(
            [f'"{name}" is neither a file that can be read nor one of {allowed}']
        ) from fault


def _shipped(name: str) -> str:
    return (files(__package__) / f"{name}.toml").read_text(encoding="utf-8")


def _whole(text: str, deep: int) -> dict[str, Any]:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise PolicyError([f"not TOML: {fault}"]) from fault
    ground = tables.pop("extends", None)
    if ground is None:
        return tables
    if ground not in (*NAMES, "shared") or not deep:
        raise PolicyError(
            [f"extends: {ground!r} is no shipped policy; there are {', '.join(NAMES)}"]
        )
    return _laid_over(_whole(_shipped(ground), deep - 1), tables)


def _laid_over(ground: dict[str, Any], tables: dict[str, Any]) -> dict[str, Any]:
    both = dict(ground)
    for name, value in tables.items():
        below = both.get(name)
        both[name] = (
            _laid_over(below, value)
            if isinstance(below, dict) and isinstance(value, dict)
            else value
        )
    return both
