"""What came of a life."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass


@dataclass
class Outcome:
    """What is wrong, by name and place, and how much happened."""

    seed: int | str
    named: list[tuple[str, str]]
    """What the judge names, which has logs alone; and why it could not judge, as `unknown`."""
    seen: list[tuple[str, str]]
    """What logs do not show: when records came, how long lag was left, why a worker stopped."""
    digest: str
    healed_seconds: float
    seconds: float
    places: Counter[str]
    """What was told, and how often."""
    happened: Counter[str]
    """What the topics hold."""
    judged: dict[str, int]
    verdicts: dict[str, int]
    fates: dict[str, int]
    late_ms: int
    """How long a deadline was waited for at most, once everything had healed."""
    trace: list[str]

    @property
    def wrong(self) -> list[tuple[str, str]]:
        """Everything that is wrong, whoever has found it."""
        return [*self.seen, *self.named]
