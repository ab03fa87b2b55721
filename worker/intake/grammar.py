"""Tells whether text is JSON when the parser gave up: however deep it is, however large its numbers.

Parsers stop at a depth or a magnitude of their own and say no more about the rest; whether such a value is broken or
only too much for us are two different answers to its sender.
"""

from __future__ import annotations

import re

_SURROGATE = r"[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_CHARACTER = rf"[0-9abcefABCEF][0-9a-fA-F]{{3}}|[dD][0-7][0-9a-fA-F]{{2}}|{_SURROGATE}"
_TOKEN = re.compile(
    rf"""[ \t\n\r]*(?:
        (?P<object>\{{) | (?P<array>\[) | (?P<end>[\]}}]) | (?P<comma>,) | (?P<colon>:)
      | (?P<string>"(?:[^"\\\x00-\x1f]++ | \\(?:["\\/bfnrt] | u(?:{_CHARACTER})))*+")
      | (?P<scalar>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)? | true | false | null)
    )""",
    re.VERBOSE,
)
_BLANK = re.compile(r"[ \t\n\r]*")

_VALUE = {"object", "array", "string", "scalar"}
_VALUE_OR_END = _VALUE | {"end"}
_KEY = {"string"}
_KEY_OR_END = {"string", "end"}
_COLON = {"colon"}
_COMMA_OR_END = {"comma", "end"}
_NOTHING: set[str] = set()


def is_json(text: str) -> bool:
    """Tells whether the text is one well-formed JSON value, in time linear in its length."""
    expected, open_ends, is_key, position = _VALUE, [], False, 0
    while expected:
        match = _TOKEN.match(text, position)
        if match is None or (kind := match.lastgroup or "") not in expected:
            return False
        position = match.end()
        if kind in {"object", "array"}:
            open_ends.append("}" if kind == "object" else "]")
            is_key = kind == "object"
            expected = _KEY_OR_END if is_key else _VALUE_OR_END
        elif kind == "comma":
            is_key = open_ends[-1] == "}"
            expected = _KEY if is_key else _VALUE
        elif kind == "colon":
            is_key, expected = False, _VALUE
        elif is_key and kind == "string":
            expected = _COLON
        else:
            if kind == "end" and open_ends.pop() != match["end"]:
                return False
            expected = _COMMA_OR_END if open_ends else _NOTHING
    return _BLANK.fullmatch(text, position) is not None
