"""What a lane tells about itself, for metrics and logs: facts, never payload.

Errors are told by the name of their type, because the text of an exception may quote what it was about.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class LaneState(StrEnum):
    """Where a lane stands."""

    OPENING = "opening"
    POSITIONED = "positioned"
    READY = "ready"
    PARKED = "parked"
    CLOSED = "closed"


class Committed(NamedTuple):
    """One transaction, or one round of a relay, that is durable."""

    records: int
    outcomes: int
    bytes: int
    age_ms: float
    """Age of the oldest record when the transaction began."""
    decided_ms: float
    """From there until everything was decided and encoded."""
    acknowledged_ms: float
    """From there until the last acknowledgement."""
    committed_ms: float
    """From there until the commit was answered; 0 for a relay."""


class Watch:
    """Hears the facts and ignores them; whoever wants to know overrides, and must neither block nor raise."""

    def lane_changed(self, processor: str, partition: int, state: LaneState) -> None:
        """A lane moved to another state."""

    def committed(self, processor: str, partition: int, facts: Committed) -> None:
        """A transaction became visible."""

    def recovered(self, processor: str, partition: int, records: int, seconds: float) -> None:
        """A lane read its changelog to the end."""

    def repeats_dropped(self, processor: str, partition: int, count: int) -> None:
        """Records were skipped because their origin had been applied before."""

    def policy_waits(self, processor: str, partition: int, over: str, others: int) -> None:
        """A lane decides under another policy than is loaded here, as long as others of its group do not have this one.

        Told once a wait; `over` says what is in force, `others` how many members there are.
        """

    def lane_failed(self, processor: str, partition: int, error: str) -> None:
        """A lane threw its writers and its state away and will open again."""

    def held(self, processor: str, partition: int, seconds: float) -> None:
        """The broker reads nothing of a lane for so long, or for so much longer: the worker is over its quota."""

    def chain_broken(self, processor: str, partition: int, topic: str) -> None:
        """Something was dropped between fetch and lane; the lane seeks back."""

    def input_truncated(self, processor: str, partition: int, topic: str, count: int) -> None:
        """Retention deleted `count` offsets before the lane had read them."""

    def deadlines_written(self, processor: str, partition: int, count: int, late_ms: float) -> None:
        """Deadlines were written onto the spine, the most overdue of them `late_ms` late."""

    def gate_waited(self, seconds: float, *, gave_up: bool) -> None:
        """Intake passed what the inputs held, or the gate gave up waiting for it."""

    def trouble(self, processor: str, doing: str, error: str) -> None:
        """Something outside the lanes failed and is tried again (offsets for lag tools, start, fetch)."""
