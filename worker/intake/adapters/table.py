"""What an adapter's table may say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Thing = Mapping[str, Any]
"""An item of a vendor's body."""

When = Mapping[str, str]
"""Path -> regular expression, any case, for the whole text found there; the text of what is absent is empty.

`path?` finds `true` where there is anything. `list.*.path` finds what each thing of a list has there, commas between.
"""

Spread = Callable[[Thing], Iterator[tuple[str, Any, str]]]
"""Reads open-ended input: yields a key of `fields`, its value, and where it was found; the first of a key counts."""


def as_told(told: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Returns the value as it is."""
    return told


@dataclass(frozen=True, slots=True)
class Read:
    """One field of the public event: the first path that holds something, and how to read it."""

    field: str
    paths: tuple[str, ...]
    how: Callable[[Any], Any] = as_told


@dataclass(frozen=True, slots=True, eq=False)
class Becomes:
    """An item of this kind is a public event; `constants` follow from the kind, `reads` are beside the table's own.

    As a table, a rule is equal to itself alone.
    """

    when: When
    kind: str
    constants: Mapping[str, Any]
    reads: tuple[Read, ...] = ()
    spread: Spread | None = None


@dataclass(frozen=True, slots=True)
class Ignore:
    """An item of this kind is none of our business; the reason is counted."""

    when: When
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One vendor's items: the first rule that holds decides what an item is; a table is equal to itself alone."""

    vendor: str
    kind_path: str
    """Where the vendor says what an item is; named where no rule knows the word."""
    rules: tuple[Becomes | Ignore, ...]
    named_by: tuple[Read, ...]
    """What makes the event's id: the vendor's own, and what tells two items of one id apart, joined by slashes. An item
    without the first of them is named by a digest of the whole item."""
    reads: tuple[Read, ...]
    """What every event takes: time, and whom it is about."""
    page: str | None = None
    """Key under which a body may hold its items."""
    inside: str | None = None
    """Key of an object in the item whose keys count as the item's own."""
