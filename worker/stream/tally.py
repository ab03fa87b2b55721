"""What the processors decide, counted; and the seam that lets a test count for itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
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


class MetricsTally:
    """Counts what the processors decide; finding a counter by its labels is kept off the record path."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._events = cache(metrics.events.labels)
        self._changes = cache(metrics.status_changes.labels)
        self._handoffs = cache(metrics.handoffs.labels)

    def relayed(self, unknown_fields: int) -> None:
        """Counts an item, and its fields that nobody reads."""
        self._events("intake", "relayed").inc()
        if unknown_fields:
            self._metrics.unknown_fields.inc(unknown_fields)

    def dead_letter(self, code: str) -> None:
        """Counts an unreadable item."""
        self._events("intake", "dead_letter").inc()
        self._metrics.dead_letters.labels(code).inc()

    def ignored(self, reason: str) -> None:
        """Counts an item that an adapter's table leaves out."""
        self._events("intake", "ignored").inc()
        self._metrics.ignored.labels(reason).inc()

    def decided(self, verdict: str) -> None:
        """Counts what became of an activity."""
        self._events("lifecycle", verdict).inc()

    def published(self, kind: str, value: Mapping[str, Any]) -> None:
        """Counts an outcome."""
        policy = value["policy"]["name"]
        if kind == "status-change":
            self._changes(policy, value["from_status"] or "", value["to_status"]).inc()
        elif kind == "handoff":
            self._handoffs(policy, value["from_team"], value["to_team"], value["kind"]).inc()
        elif kind == "refusal":
            self._metrics.refusals.labels(policy, value["code"]).inc()
