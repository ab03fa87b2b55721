"""What is known of a vendor's item, and how its values are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from worker.ops.verify.decoder.contacts import NOBODY, Contact
from worker.ops.verify.decoder.fate import Unreadable

Item = Mapping[str, Any]

_SAME = str.maketrans("İıſ", "iis")
"""Letters that are ASCII ones where case is none, and no longer are in lower case."""


class Known(NamedTuple):
    """What is known of an item."""

    kind: str
    names: tuple[str | None, ...]
    """The parts of its event id; a digest names it where the first is not there."""
    at: tuple[object, int]
    """When, and what that counts in where it is a number (ms; 0 where it never is)."""
    lead_id: object
    address: Contact = NOBODY
    number: Contact = NOBODY
    which: str = ""


def word(told: object) -> str:
    """Returns what a vendor's word is compared as: trimmed, in any case, empty where it is none."""
    return lowered(told.translate(_SAME) if isinstance(told, str) else told)


def lowered(told: object) -> str:
    """Returns a word in lower case, as it stands in an event id."""
    return str(told).strip().lower() if isinstance(told, str | int | float) else ""


def text(told: object) -> object:
    """Returns a whole number as its digits: vendors write ids either way."""
    return str(told) if type(told) is int else told


def at(told: Item, path: str) -> object:
    """Returns what stands under a key, or with a dot under one within another; None where nothing does."""
    among, dot, key = path.partition(".")
    return within(told, among).get(key) if dot else told.get(path)


def first(told: Item, *paths: str) -> object:
    """Returns what stands under the first key that says something, of whatever type."""
    for path in paths:
        value = text(at(told, path))
        if value is not None and value != "":
            return value
    return None


def within(told: Item, key: str) -> Item:
    """Returns the object under a key, an empty one where there is none."""
    inner = told.get(key)
    return inner if isinstance(inner, dict) else {}


def named(value: object) -> str | None:
    """Returns a text, None where there is none; Unreadable for what is of another type."""
    if value is not None and not isinstance(value, str):
        raise Unreadable("schema.invalid")
    return value
