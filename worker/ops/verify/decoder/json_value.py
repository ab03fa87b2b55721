"""Bytes to a JSON value, within the limits of the contract: an own reading of the same rules."""

from __future__ import annotations

import json
from typing import Any

import orjson

from worker.ops.verify.decoder.fate import Unreadable

LARGEST = 256 * 1024
LARGEST_LOOKED_AT = 1024 * 1024
"""Bytes; of more than that nobody says whether they are JSON."""
DEEPEST = 16
MOST_KEYS = 200
_LEAST, _MOST = -(2**63), 2**63 - 1
_MOST_DIGITS = 20


def value_in(raw: bytes | None) -> Any:  # noqa: ANN401  any JSON value
    """Returns the value; Unreadable for what is no UTF-8, no JSON, or beyond a limit."""
    raw = raw or b""
    if len(raw) > LARGEST_LOOKED_AT:
        _text(raw)
        raise Unreadable("json.limits", "json.invalid")
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise _why(_text(raw)) from None
    if len(raw) > LARGEST:
        raise Unreadable("json.limits")
    look = _Look()
    look.at(value, 1)
    if look.has_large_floats or raw.count(b'"') != 2 * look.texts:
        json.loads(raw, object_pairs_hook=_once_each, parse_int=_within_64_bits)
    return value


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Unreadable("encoding.invalid") from None


def _why(text: str) -> Unreadable:
    """Tells what a parser of limited patience did not say: whether it was no JSON, or too much of it."""
    try:
        value = json.loads(
            text,
            object_pairs_hook=_all_of,
            parse_int=str,
            parse_float=str,
            parse_constant=_is_no_json,
        )
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        return Unreadable("json.limits", "json.invalid")
    except ValueError:
        return Unreadable("json.invalid")
    return Unreadable("json.limits")


def _all_of(pairs: list[tuple[str, object]]) -> list[object]:
    """Returns keys and values, those too that came before under the same key."""
    return [part for pair in pairs for part in pair]


def _is_no_json(constant: str) -> None:
    raise ValueError(constant)


class _Look:
    """Counts the texts of a value, its keys among them; Unreadable for what is beyond a limit.

    Fewer texts than half the quotes: a key came twice, or a text holds a quote.
    """

    def __init__(self) -> None:
        self.texts = 0
        self.has_large_floats = False
        """Which may have been integers."""

    def at(self, value: Any, depth: int) -> None:  # noqa: ANN401  any JSON value
        kind = type(value)
        if kind is str:
            self.texts += 1
        elif kind is dict or kind is list:
            self._into(value, depth)
        elif kind is int:
            if not _LEAST <= value <= _MOST:
                raise Unreadable("json.limits")
        elif kind is float and abs(value) > _MOST:
            self.has_large_floats = True

    def _into(self, value: Any, depth: int) -> None:  # noqa: ANN401  an object or an array
        if depth > DEEPEST:
            raise Unreadable("json.limits")
        inner = value
        if type(value) is dict:
            if len(value) > MOST_KEYS:
                raise Unreadable("json.limits")
            self.texts += len(value)
            inner = value.values()
        for one in inner:
            if type(one) is str:
                self.texts += 1
            elif one is not None:
                self.at(one, depth + 1)


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    told = dict(pairs)
    if len(told) < len(pairs):
        raise Unreadable("json.limits")
    return told


def _within_64_bits(digits: str) -> int:
    if len(digits) > _MOST_DIGITS or not _LEAST <= int(digits) <= _MOST:
        raise Unreadable("json.limits")
    return int(digits)
