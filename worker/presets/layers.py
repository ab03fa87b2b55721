"""A policy as its files make it: one laid over the other, and where each thing of the whole really stands.

A status is laid over key by key, a rule takes the place of the one with its id (a new one comes last), any other named
table counts as a whole, and so does every list.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import msgspec

from worker.lifecycle.language.findings import Finding, Path


class Layer(msgspec.Struct, frozen=True):
    """One file: its name, what it says, and on which line it says it."""

    file: str
    tables: dict[str, Any]
    lines: dict[Path, int]


class Layers:
    """The files of a policy, the ground first, and `tables`, the whole that they make."""

    def __init__(self, layers: list[Layer]) -> None:
        self._layers = layers
        self._rules: list[tuple[Layer, int]] = []
        self.tables: dict[str, Any] = {}
        for layer in layers:
            self._lay(layer)

    def located(self, finding: Finding) -> Finding:
        """Returns a finding with the file and the line where what it is about stands."""
        layer, path = self._stands(finding.path)
        known: Path = ()
        here: Any = layer.tables
        for part in path:
            at = here.index(part) if isinstance(here, list) and part in here else part
            if (*known, at) in layer.lines:
                known, here = (*known, at), here[at]
        line = layer.lines.get(known, 1)
        return msgspec.structs.replace(
            finding, path=self._named(finding.path), file=layer.file, line=line
        )

    def _lay(self, layer: Layer) -> None:
        both = self.tables
        for name, value in layer.tables.items():
            below = both.get(name)
            if name == "rule" and _all_tables(value):
                self._lay_rules(layer, value)
            elif name == "status" and isinstance(value, dict) and _all_tables([*value.values()]):
                below = below or {}
                both[name] = below | {one: below.get(one, {}) | keys for one, keys in value.items()}
            elif isinstance(below, dict) and isinstance(value, dict):
                both[name] = below | value
            else:
                both[name] = value
                self._rules = [] if name == "rule" else self._rules

    def _lay_rules(self, layer: Layer, rules: list[dict[str, Any]]) -> None:
        """Puts each rule in the place of the one that has its id, else after all of them."""
        said: dict[object, list[tuple[Layer, int]]] = {}
        for place, rule in enumerate(rules):
            said.setdefault(_id_of(rule), []).append((layer, place))
        before = self._rules
        known = [_id_of(below.tables["rule"][place]) for below, place in before]
        self._rules = [
            standing
            for one, name in zip(before, known, strict=True)
            for standing in said.get(name, [one])
        ]
        self._rules += [one for name, found in said.items() if name not in known for one in found]
        self.tables["rule"] = [below.tables["rule"][place] for below, place in self._rules]

    def _stands(self, path: Path) -> tuple[Layer, Path]:
        """Returns the file in which something stands, and its path there."""
        match path:
            case ("rule", int(place), *rest) if place < len(self._rules):
                layer, there = self._rules[place]
                return layer, ("rule", there, *rest)
        for depth in range(min(len(path), 3), 0, -1):
            for layer in reversed(self._layers):
                if path[:depth] in layer.lines:
                    return layer, path
        return self._layers[-1], path

    def _named(self, path: Path) -> Path:
        """Returns a path that names a rule by its id."""
        match path:
            case ("rule", int(place), *rest) if place < len(self._rules):
                name = _id_of(self.tables["rule"][place])
                return ("rule", name if isinstance(name, str) else place, *rest)
        return path


def _id_of(rule: dict[str, Any]) -> object:
    """Returns what a rule is called; what cannot be a name is only like itself."""
    name = rule.get("id")
    return name if isinstance(name, str) else id(rule)


def _all_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def without(tables: dict[str, Any], paths: list[Path]) -> dict[str, Any]:
    """Returns tables without the keys at some paths."""
    left = deepcopy(tables)
    for *way, last in paths:
        here: Any = left
        part: Any
        for part in way:
            if isinstance(here, list) or part in here:
                here = here[part]
        here.pop(last, None)
    return left
