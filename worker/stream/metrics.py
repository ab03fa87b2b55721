"""Every figure that the worker tells Prometheus, once.

Counters of events count decisions: what a failed transaction decided is thrown away, decided again, and counted again.
"""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Iterator, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""From one small transaction to one that is given up."""
LATE_SECONDS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 60, 600, 3_600, 86_400)
"""From a deadline on time to one after a long outage; 2 s is promised."""
RECORDS = (1, 3, 10, 30, 100, 300, 1_000, 3_000)


class Tallied(Collector):
    """A counter that events raise: an entry of a dict for each combination of labels, told when Prometheus asks.

    The library's own counter finds its labels, takes a lock and checks its argument each time.
    """

    def __init__(
        self, name: str, meaning: str, labels: Sequence[str], registry: CollectorRegistry
    ) -> None:
        self.counts: Counts[tuple[str, ...]] = Counts()
        self._name = name
        self._meaning = meaning
        self._labels = labels
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """Yields what was counted so far."""
        family = CounterMetricFamily(self._name, self._meaning, labels=self._labels)
        for labels, count in self.counts.items():
            family.add_metric(labels, count)
        yield family


class Metrics:
    """The figures, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        self.info = Info("lead_router", "Version and policy of this worker.", registry=registry)
        self._count_events(registry)
        self._count_outcomes(registry)
        self._measure_lanes(registry)
        self._measure_deadlines(registry)

    def _count_events(self, registry: CollectorRegistry) -> None:
        """Declares what counts events."""
        self.events = Tallied(
            "lead_router_events",
            "What became of events: relayed, ignored, dead_letter (intake); applied, duplicate, refused, ignored,"
            " waiting and then one of the others (lifecycle); heard, joined, left, turn, and leads told (accounts).",
            ("processor", "outcome"),
            registry,
        )
        self.repeats = Counter(
            "lead_router_repeats",
            "Relayed items dropped because their origin had been applied before.",
            ("processor",),
            registry=registry,
        )
        self.ignored = Tallied(
            "lead_router_ignored", "Items left out, by reason.", ("reason",), registry
        )
        self.dead_letters = Tallied(
            "lead_router_dead_letters", "Unreadable items, by code.", ("code",), registry
        )
        self.unknown_fields = Counter(
            "lead_router_unknown_fields",
            "Fields of admitted items that nobody reads.",
            registry=registry,
        )

    def _count_outcomes(self, registry: CollectorRegistry) -> None:
        """Declares what counts what is published."""
        self.status_changes = Tallied(
            "lead_router_status_changes",
            "Status changes published.",
            ("policy", "from_status", "to_status"),
            registry,
        )
        self.handoffs = Tallied(
            "lead_router_handoffs",
            "Handoffs published.",
            ("policy", "from_team", "to_team", "kind"),
            registry,
        )
        self.refusals = Tallied(
            "lead_router_refusals", "Refusals published, by code.", ("policy", "code"), registry
        )

    def _measure_lanes(self, registry: CollectorRegistry) -> None:
        """Declares what measures the record path."""
        self.phase_seconds = Histogram(
            "lead_router_transaction_seconds",
            "Phases of a transaction: age of its oldest record at the start, decide, acknowledge, commit.",
            ("processor", "phase"),
            buckets=SECONDS,
            registry=registry,
        )
        self.transaction_records = Histogram(
            "lead_router_transaction_records",
            "Records read by a transaction.",
            ("processor",),
            buckets=RECORDS,
            registry=registry,
        )
        self.recovery_seconds = Histogram(
            "lead_router_recovery_seconds",
            "Time to read a lane's changelog.",
            ("processor",),
            buckets=SECONDS,
            registry=registry,
        )
        self.recovered_records = Counter(
            "lead_router_recovered_records",
            "Changelog records read.",
            ("processor",),
            registry=registry,
        )
        self.held_seconds = Counter(
            "lead_router_held_seconds",
            "Time for which brokers took nothing of lanes, because the client is over its quota.",
            ("processor",),
            registry=registry,
        )
        self.troubles = Counter(
            "lead_router_troubles",
            "What went wrong and was tried again: alarm on lack of progress, not on these.",
            ("processor", "kind"),
            registry=registry,
        )

    def _measure_deadlines(self, registry: CollectorRegistry) -> None:
        """Declares what measures deadlines."""
        self.deadlines = Counter(
            "lead_router_deadlines", "Deadlines written onto the spine.", registry=registry
        )
        self.deadline_late_seconds = Histogram(
            "lead_router_deadline_late_seconds",
            "How late the most overdue of those written together was.",
            buckets=LATE_SECONDS,
            registry=registry,
        )
        self.gate_seconds = Histogram(
            "lead_router_gate_seconds",
            "How long due deadlines waited for intake.",
            ("gave_up",),
            buckets=LATE_SECONDS,
            registry=registry,
        )
