"""What the processors decide, counted; and the seam that lets a test count for itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from worker.stream.metrics import Metrics


class Tally(Protocol):
    """Hears what becomes of each event; must neither block nor raise."""

    def relayed(self, unknown_fields: int) -> None:
        """An item was admitted; so many of its fields nobody reads."""

    def dead_letter(self, code: str) -> None:
        """An item could not be read."""

    def ignored(self, reason: str) -> None:
        """An adapter's table leaves an item out."""

    def decided(self, verdict: str) -> None:
        """An activity was applied, a duplicate, refused or ignored."""

    def published(self, kind: str, value: Mapping[str, Any]) -> None:
        """An outcome of that type was decided."""

    def related(self, happened: str, told: int) -> None:
        """An account heard, was joined or left, or had its turn; and so many leads are told."""


class MetricsTally:
    """Counts what the processors decide."""

    def __init__(self, metrics: Metrics) -> None:
        self._unknown_fields = metrics.unknown_fields
        self._events = metrics.events.counts
        self._dead_letters = metrics.dead_letters.counts
        self._ignored = metrics.ignored.counts
        self._changes = metrics.status_changes.counts
        self._handoffs = metrics.handoffs.counts
        self._refusals = metrics.refusals.counts

    def relayed(self, unknown_fields: int) -> None:
        """Counts an item, and its fields that nobody reads."""
        self._events["intake", "relayed"] += 1
        if unknown_fields:
            self._unknown_fields.inc(unknown_fields)

    def dead_letter(self, code: str) -> None:
        """Counts an unreadable item."""
        self._events["intake", "dead_letter"] += 1
        self._dead_letters[(code,)] += 1

    def ignored(self, reason: str) -> None:
        """Counts an item that an adapter's table leaves out."""
        self._events["intake", "ignored"] += 1
        self._ignored[(reason,)] += 1

    def decided(self, verdict: str) -> None:
        """Counts what became of an activity."""
        self._events["lifecycle", verdict] += 1

    def related(self, happened: str, told: int) -> None:
        """Counts what happened to an account, and what leads are told of it."""
        self._events["accounts", happened] += 1
        self._events["accounts", "told"] += told

    def published(self, kind: str, value: Mapping[str, Any]) -> None:
        """Counts an outcome."""
        policy = value["policy"]["name"]
        if kind == "status-change":
            self._changes[policy, value["from_status"] or "", value["to_status"]] += 1
        elif kind == "handoff":
            self._handoffs[policy, value["from_team"], value["to_team"], value["kind"]] += 1
        elif kind == "refusal":
            self._refusals[policy, value["code"]] += 1
