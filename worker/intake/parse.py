"""Bytes to a JSON value, within limits."""

from __future__ import annotations

import json
from typing import Any

import orjson

from worker.intake.grammar import is_json
from worker.intake.items import Fault

LARGEST = 256 * 1024
"""Bytes of a value: a lane can hold a thousand of them. Vendors that post larger batches have theirs split before."""
LARGEST_PARSED = 1024 * 1024
"""Bytes up to which a value that is too large is still looked at, to say what else is wrong with it: what brokers take
of senders who do not compress. The worst of it takes a quarter of a second."""
DEEPEST = 16
"""Arrays and objects within each other, the value itself included."""
MOST_KEYS = 200
"""Keys of one object."""
LEAST_INTEGER, MOST_INTEGER = -(2**63), 2**63 - 1
_DIGITS_OF_AN_INTEGER = 20
_CONTAINERS = (dict, list)


def value_of(raw: bytes | None) -> Any:  # noqa: ANN401 - any JSON value
    """Returns the JSON value of a record's bytes; raises Fault for encoding, JSON and limits, in this order."""
    raw = raw or b""
    if len(raw) > LARGEST_PARSED:
        _text_of(raw)
        raise Fault("json.limits", f"the value is larger than {LARGEST} bytes")
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise _why_unreadable(raw) from None
    if len(raw) > LARGEST:
        raise Fault("json.limits", f"the value is larger than {LARGEST} bytes")
    texts, certain = _counted(value)
    if not certain or raw.count(b'"') != 2 * texts:
        _read_exactly(raw)
    return value


def _text_of(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Fault("encoding.invalid", "the value is not UTF-8") from None


def _why_unreadable(raw: bytes) -> Fault:
    if is_json(_text_of(raw)):
        return Fault("json.limits", f"deeper than {DEEPEST}, or a number that is not finite")
    return Fault("json.invalid", "the value is not JSON")


def _counted(value: Any) -> tuple[int, bool]:  # noqa: ANN401 - any JSON value
    """Counts keys and texts, and checks depth and sizes; False where a float may have been too large an integer.

    The parser keeps one of two equal keys: then more quotes were read than texts are left. (Or a text holds a quote.)
    """
    level, texts, depth, certain = [value], 0, 0, True
    while level:
        below: list[Any] = []
        for node in level:
            kind = type(node)
            if kind is str:
                texts += 1
            elif kind is dict:
                texts += len(node)
                if len(node) > MOST_KEYS:
                    raise Fault("json.limits", f"more than {MOST_KEYS} keys in an object")
                below += node.values()
            elif kind is list:
                below += node
            elif kind is int and not LEAST_INTEGER <= node <= MOST_INTEGER:
                raise Fault("json.limits", "an integer is beyond 64 bits")
            elif kind is float and abs(node) > MOST_INTEGER:
                certain = False
        level = below
        depth += 1
        if depth >= DEEPEST and any(type(node) in _CONTAINERS for node in level):
            raise Fault("json.limits", f"deeper than {DEEPEST}")
    return texts, certain


def _read_exactly(raw: bytes) -> None:
    """Looks for repeated keys and large integers with the slow parser, which shows them."""
    json.loads(raw, object_pairs_hook=_without_repeats, parse_int=_within_64_bits)


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise Fault("json.limits", "an object has the same key twice")
    return told


def _within_64_bits(digits: str) -> int:
    if len(digits) > _DIGITS_OF_AN_INTEGER or not LEAST_INTEGER <= int(digits) <= MOST_INTEGER:
        raise Fault("json.limits", "an integer is beyond 64 bits")
    return int(digits)
