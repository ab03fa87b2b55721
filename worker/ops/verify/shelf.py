"""The states of one partition as they are told again: encoded, and decoded only while a batch touches them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

S = TypeVar("S")


class Shelf(Generic[S]):
    """Keeps states by key, as bytes; a state of None is gone."""

    def __init__(self, encode: Callable[[S], bytes], decode: Callable[[bytes], S]) -> None:
        self._encode = encode
        self._decode = decode
        self._kept: dict[bytes, bytes] = {}
        self._read: dict[bytes, S | None] = {}
        self._written: dict[bytes, S | None] = {}

    def read(self, key: bytes) -> S | None:
        """Returns the state of a key; not to be changed in place."""
        if key in self._read:
            return self._read[key]
        kept = self._kept.get(key)
        state = self._read[key] = None if kept is None else self._decode(kept)
        return state

    def write(self, key: bytes, state: S | None) -> None:
        """Makes `state` the state of a key."""
        self._read[key] = self._written[key] = state

    def settle(self) -> Sequence[bytes]:
        """Ends a batch: what it wrote is encoded, and nothing stays decoded; returns the keys that it could not write.

        Those keep their former state: numbers that are too large are in the new one, which no intake lets in.
        """
        unwritten = []
        for key, state in self._written.items():
            if state is None:
                self._kept.pop(key, None)
                continue
            try:
                self._kept[key] = self._encode(state)
            except OverflowError:
                unwritten.append(key)
        self._written.clear()
        self._read.clear()
        return unwritten

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Yields each key with its bytes, as of the last batch that ended."""
        yield from self._kept.items()
