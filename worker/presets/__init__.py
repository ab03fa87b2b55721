"""The policies that are shipped, and the way a policy comes from a file: `load("inside-sales")`, `load("mine.toml")`.

A policy file may say `extends = "NAME"`, a shipped file. What it says itself wins: a status key by key, a rule in the
place of the one with its id (a new one after all others), any other named table as a whole, and so does every list.
What travels on the spine and is digested is the whole, never the file.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from worker.lifecycle import compiler
from worker.lifecycle.plan import Policy
from worker.lifecycle.policy import Finding, PolicyError

NAMES = (
    "inside-sales",
    "hand-raiser",
    "hand-raiser-recycled",
    "profile-first",
    "viable-first",
)
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
        message = f'"{name}" is neither a file that can be read nor one of {allowed}'
        raise PolicyError([Finding((), message)]) from fault


def _shipped(name: str) -> str:
    return (files(__package__) / f"{name}.toml").read_text(encoding="utf-8")


def _whole(text: str, deep: int) -> dict[str, Any]:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise PolicyError([Finding((), f"not TOML: {fault}")]) from fault
    ground = tables.pop("extends", None)
    if ground is None:
        return tables
    if ground not in (*NAMES, "shared") or not deep:
        message = f"{ground!r} is no shipped policy; there are {', '.join(NAMES)}"
        raise PolicyError([Finding(("extends",), message)])
    return _laid_over(_whole(_shipped(ground), deep - 1), tables)


def _laid_over(ground: dict[str, Any], tables: dict[str, Any]) -> dict[str, Any]:
    both = dict(ground)
    for name, value in tables.items():
        below = both.get(name)
        if name == "rule" and _all_tables(value):
            both[name] = _rules_over(below or [], value)
        elif name == "status" and isinstance(value, dict) and _all_tables([*value.values()]):
            below = below or {}
            both[name] = below | {one: below.get(one, {}) | keys for one, keys in value.items()}
        elif isinstance(below, dict) and isinstance(value, dict):
            both[name] = below | value
        else:
            both[name] = value
    return both


def _all_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _rules_over(ground: list[dict[str, Any]], rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Puts each rule in the place of the one that has its id, else after all of them."""
    said = {rule.get("id"): rule for rule in rules}
    known = {rule.get("id") for rule in ground}
    return [
        *(said.get(rule.get("id"), rule) for rule in ground),
        *(rule for rule in rules if rule.get("id") not in known),
    ]
