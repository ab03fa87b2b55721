"""On which line each thing of a TOML text stands: `("rule", 3, "to")` -> 97.

Python's own reader keeps no places, so this one walks a text which that reader has accepted, and looks only at what
opens, closes and separates. A key stands where it is written, an element of a list where it begins, a table where its
header or its first key stands.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

from worker.lifecycle.language.policy import Path

_BLANK = re.compile(r"[ \t]*")
_BETWEEN = re.compile(r"(?:[\s,]+|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\]|\\.)*"'
    r"|'[^']*'",
    re.DOTALL,
)
_PLAIN = re.compile(r"[^\s,\]}#][^,\]}#\n]*")


def lines_of(text: str) -> dict[Path, int]:
    """Returns the line, counted from 1, of every key, table and element of a valid TOML text."""
    return _Walk(text).lines


class _Walk:
    """Goes through a text once, from the first table to the last."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self._text = text.replace("\r\n", "\n")
        self._at = 0
        self._ends = [found.start() for found in re.finditer("\n", self._text)]
        self._tables: dict[Path, int] = {}
        self._document()

    def _document(self) -> None:
        table: Path = ()
        self._skip(_BETWEEN)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BETWEEN)

    def _header(self) -> Path:
        """Reads `[a.b]` or `[[a.b]]`; each list of tables on the way means its latest table."""
        repeated = self._text.startswith("[[", self._at)
        line = self._line()
        self._at += 1 + repeated
        keys = self._keys()
        self._at += 1 + repeated
        table: Path = ()
        for place, key in enumerate(keys, start=1):
            table = (*table, key)
            self.lines.setdefault(table, line)
            if repeated and place == len(keys):
                self._tables[table] = self._tables.get(table, 0) + 1
            if table in self._tables:
                table = (*table, self._tables[table] - 1)
                self.lines.setdefault(table, line)
        return table

    def _pair(self, table: Path) -> None:
        line = self._line()
        for key in self._keys():
            table = (*table, key)
            self.lines.setdefault(table, line)
        self._at += 1  # the equals sign
        self._value(table)

    def _keys(self) -> list[str]:
        """Reads a dotted key and the blanks around it."""
        keys: list[str] = []
        while True:
            self._skip(_BLANK)
            bare = _BARE_KEY.match(self._text, self._at)
            found = bare or self._match(_STRING)
            self._at = found.end()
            keys.append(found[0] if bare else tomllib.loads(f"key = {found[0]}")["key"])
            self._skip(_BLANK)
            if self._text[self._at] != ".":
                return keys
            self._at += 1

    def _value(self, path: Path) -> None:
        self._skip(_BLANK)
        match self._text[self._at]:
            case "[":
                self._list(path)
            case "{":
                self._table(path)
            case '"' | "'":
                self._at = self._match(_STRING).end()
            case _:
                self._at = self._match(_PLAIN).end()

    def _list(self, path: Path) -> None:
        self._at += 1
        self._skip(_BETWEEN)
        place = 0
        while self._text[self._at] != "]":
            self.lines[*path, place] = self._line()
            self._value((*path, place))
            self._skip(_BETWEEN)
            place += 1
        self._at += 1

    def _table(self, path: Path) -> None:
        self._at += 1
        self._skip(_BETWEEN)
        while self._text[self._at] != "}":
            self._pair(path)
            self._skip(_BETWEEN)
        self._at += 1

    def _line(self) -> int:
        return bisect_right(self._ends, self._at - 1) + 1

    def _skip(self, what: re.Pattern[str]) -> None:
        found = what.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _match(self, what: re.Pattern[str]) -> re.Match[str]:
        found = what.match(self._text, self._at)
        if found is None:
            raise ValueError(f"no TOML at character {self._at}")
        return found
