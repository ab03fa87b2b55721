"""What is known of an installation besides what its logs say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from worker.accounts.relate import SEATS_A_TURN
from worker.lane.processor import NEVER

KeptSince = Callable[[str], int]
"""Tells of a topic since when nothing of it is deleted by now (UTC ms)."""


def _never(topic: str) -> int:
    """Returns a time later than any: a record from before the time in question has to show that nothing is deleted."""
    del topic
    return NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Its settings, and those of its topics."""

    kept_since: KeptSince = _never
    gate_ms: int = 600_000
    """How long the gate waits for intake before it lets deadlines go all the same."""
    seats_a_turn: int = SEATS_A_TURN
    """How many leads accounts tell in one turn."""
