"""Changes JSON as JSON and MessagePack as MessagePack: what changes bytes alone seldom gets past the parser."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any, NamedTuple

import msgspec

ODD: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    2**63 - 1,
    -(2**63),
    1e308,
    "",
    " ",
    "*",
    "\x00",
    "a" * 200,
    "😀",
    "ana@acme.example",
    "+4930901820",
    "2026-03-01T09:00:00Z",
    "9999-12-31T23:59:59Z",
    "2000-01-01T00:00:00+23:59",
    "2026-12-31",
    [],
    {},
    [{}],
    {"": None},
]
OfBytes = Callable[[bytes, int], bytes]
"""Changes bytes as bytes, to at most so many."""


class Form(NamedTuple):
    """How data are written: so many bytes first, which choose what is done with the rest; then a value."""

    prefix: int
    read: Callable[[bytes], Any]
    write: Callable[[Any], bytes]


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


JSON = Form(2, json.loads, _json)
PACKED = Form(9, msgspec.msgpack.decode, msgspec.msgpack.encode)


def mutated(data: bytes, most: int, seed: int, form: Form, of_bytes: OfBytes) -> bytes:
    """Returns other data, at most `most` bytes: every other time with one to three parts of its value replaced."""
    dice = Random(seed)
    if dice.random() < 0.5:
        return of_bytes(data, most)
    try:
        value = form.read(data[form.prefix :])
        for _ in range(dice.randint(1, 3)):
            value = _changed(value, dice)
        changed = form.write(value)
    except (ValueError, TypeError, RecursionError):
        return of_bytes(data, most)
    prefix = bytearray(data[: form.prefix])
    if dice.random() < 0.2:
        prefix[dice.randrange(form.prefix)] = dice.randrange(256)
    return (bytes(prefix) + changed)[:most]


def _changed(value: Any, dice: Random) -> Any:
    """Returns a value with one place of it replaced, taken away, or filled from another place."""
    places = list(_places(value))
    if not places:
        return dice.choice([[value], {"data": value}, deepcopy(dice.choice(ODD))])
    where, key = dice.choice(places)
    other, other_key = dice.choice(places)
    match dice.randrange(4):
        case 0:
            where[key] = deepcopy(other[other_key])
        case 1:
            del where[key]
        case 2 if isinstance(where, dict):
            where[str(other_key)] = deepcopy(dice.choice(ODD))
        case _:
            where[key] = deepcopy(dice.choice(ODD))
    return value


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Returns each place within a value: what holds it, and its key there."""
    found: list[tuple[Any, Any]] = []
    below = [value]
    while below:
        node = below.pop()
        keys = list(node) if isinstance(node, dict) else []
        keys = list(range(len(node))) if isinstance(node, list) else keys
        found += [(node, key) for key in keys]
        below += [node[key] for key in keys]
    return found
