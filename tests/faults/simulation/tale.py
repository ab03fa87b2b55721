"""What is told of a life."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import sha256


class Tale:
    """What happened, in order: hashed, counted, and kept in words."""

    def __init__(self) -> None:
        self.lines: list[tuple[float, str, str]] = []
        self._time: Callable[[], float] = asyncio.get_running_loop().time

    def tell(self, who: str, what: str) -> None:
        self.lines.append((self._time(), who, what))

    def digest(self) -> str:
        """Returns what tells this life from any other."""
        return sha256(repr(self.lines).encode()).hexdigest()

    def words(self) -> Iterator[str]:
        """Yields a line for each thing that happened."""
        for at, who, what in self.lines:
            yield f"{at:10.6f} {who:6} {what}"

    def places(self) -> Counter[str]:
        """Counts what happened, whoever it happened to."""
        return Counter(what for _, _, what in self.lines)
