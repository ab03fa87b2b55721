"""Tells whether text is JSON when the parser gave up: however deep it is, however large its numbers.

Parsers stop at a depth or a magnitude of their own and say no more about the rest; whether such a value is broken or
only too much for us are two different answers to its sender. Nearly all of the work is done by a few regular
expressions over the whole text, each linear in its length: strings and scalars become one mark each (many scalars in
a row two), two marks that may not follow each other are looked for, and what then remains to be matched are brackets
and commas.
"""

from __future__ import annotations

import re

_SURROGATE = r"[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_CHARACTER = rf"[0-9abcefABCEF][0-9a-fA-F]{{3}}|[dD][0-7][0-9a-fA-F]{{2}}|{_SURROGATE}"
_STRING = rf'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u(?:{_CHARACTER})))*+"'
_SCALAR = r"(?:-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null)(?![-+.\w])"
_TOKENS = re.compile(rf"(?:[ \t\n\r\[\]{{}},:]++|{_STRING}|{_SCALAR})*+")

_STRINGS, _SCALARS = re.compile(_STRING), re.compile(r"[-+.\w]+")
_MANY_SCALARS = re.compile(r"(?<![-+.\w])[-+.\w]++(?:[ \t\n\r]*+,[ \t\n\r]*+[-+.\w]++)++")
_KEY, _VALUE = "k", "v"
_BLANK = dict.fromkeys(map(ord, " \t\n\r"))
_WRONG_PAIR = re.compile(
    r"""  \A [^{\["v]  |  [^}\]"v] \Z      # a value begins, and it ends
        | : | ["}\]v] [^,}\]]           # a colon after no string; two values without a comma
        | \{ [^k}]  |  k [^{\["v]       # an object begins with a key, and a key has a value
        | \[ [k,}]  |  , [,}\]]         # an array begins with a value, and a comma has something behind it
    """,
    re.VERBOSE,
)
_COMMA_BEFORE_KEY = ";"
_NOT_A_BRACKET = dict.fromkeys(map(ord, f'{_KEY}{_VALUE}"'))
_OPENED_BY = {"]": "[", "}": "{"}
_BELONGS_IN = {",": "[", _COMMA_BEFORE_KEY: "{"}


def is_json(text: str) -> bool:
    """Tells whether the text is one well-formed JSON value, in time linear in its length."""
    if not _TOKENS.fullmatch(text):
        return False
    bare = _STRINGS.sub('"', text)
    if any(bare.count(begin) != bare.count(end) for end, begin in _OPENED_BY.items()):
        return False
    marks = _SCALARS.sub(_VALUE, _MANY_SCALARS.sub(f"{_VALUE},{_VALUE}", bare)).translate(_BLANK)
    marks = marks.replace('":', _KEY)
    if not marks or _WRONG_PAIR.search(marks):
        return False
    return _closes(marks.replace(f",{_KEY}", _COMMA_BEFORE_KEY).translate(_NOT_A_BRACKET))


def _closes(marks: str) -> bool:
    """Tells whether brackets close what they should, and commas stand in the kind of bracket they belong in."""
    opened: list[str] = []
    for mark in marks:
        if mark in "[{":
            opened.append(mark)
        elif not opened:
            return False
        elif mark in _BELONGS_IN:
            if opened[-1] != _BELONGS_IN[mark]:
                return False
        elif opened.pop() != _OPENED_BY[mark]:
            return False
    return not opened
