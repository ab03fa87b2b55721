"""What the worker hears of its lanes: it measures them, and logs what is rare."""

from __future__ import annotations

from typing import Any

import structlog

from worker.lane.watch import Committed, LaneState, Watch
from worker.stream.metrics import Metrics

log = structlog.get_logger()

MILLI = 1_000


class Watching(Watch):
    """Hears the facts of every lane of this process."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def lane_changed(self, processor: str, partition: int, state: LaneState) -> None:
        """Logs where a lane stands."""
        log.info("lane", processor=processor, partition=partition, state=state)

    def committed(self, processor: str, partition: int, facts: Committed) -> None:  # noqa: ARG002  figures are by processor
        """Measures a transaction."""
        seconds = self._metrics.phase_seconds
        seconds.labels(processor, "age").observe(facts.age_ms / MILLI)
        seconds.labels(processor, "decide").observe(facts.decided_ms / MILLI)
        seconds.labels(processor, "acknowledge").observe(facts.acknowledged_ms / MILLI)
        seconds.labels(processor, "commit").observe(facts.committed_ms / MILLI)
        self._metrics.transaction_records.labels(processor).observe(facts.records)

    def recovered(self, processor: str, partition: int, records: int, seconds: float) -> None:
        """Measures and logs a recovery."""
        self._metrics.recovery_seconds.labels(processor).observe(seconds)
        self._metrics.recovered_records.labels(processor).inc(records)
        log.info(
            "recovered",
            processor=processor,
            partition=partition,
            records=records,
            seconds=round(seconds, 3),
        )

    def repeats_dropped(self, processor: str, partition: int, count: int) -> None:
        """Counts and logs repeats."""
        self._metrics.repeats.labels(processor).inc(count)
        log.info("repeats dropped", processor=processor, partition=partition, count=count)

    def policy_waits(self, processor: str, partition: int, over: str, others: int) -> None:
        """Counts and logs a policy that others hold up."""
        self._trouble(processor, "policy_waits", partition=partition, in_force=over, others=others)

    def lane_failed(self, processor: str, partition: int, error: str) -> None:
        """Counts and logs a lane that opens anew."""
        self._trouble(processor, "lane_failed", partition=partition, error=error)

    def held(self, processor: str, partition: int, seconds: float) -> None:  # noqa: ARG002  figures are by processor
        """Adds up how long lanes wait because of a quota."""
        self._metrics.held_seconds.labels(processor).inc(seconds)

    def chain_broken(self, processor: str, partition: int, topic: str) -> None:
        """Counts and logs a lane that seeks back."""
        self._trouble(processor, "chain_broken", partition=partition, topic=topic)

    def input_truncated(self, processor: str, partition: int, topic: str, count: int) -> None:
        """Counts and logs input that was deleted before it was read."""
        self._trouble(processor, "input_truncated", partition=partition, topic=topic, offsets=count)

    def trouble(self, processor: str, doing: str, error: str) -> None:
        """Counts and logs what failed outside the lanes and is tried again."""
        self._trouble(processor, doing, error=error)

    def _trouble(self, processor: str, kind: str, **facts: Any) -> None:  # noqa: ANN401  log values
        self._metrics.troubles.labels(processor, kind).inc()
        log.warning(kind.replace("_", " "), processor=processor, **facts)

    def deadlines_written(
        self,
        processor: str,  # noqa: ARG002  only lifecycle has deadlines
        partition: int,  # noqa: ARG002  figures are by processor
        count: int,
        late_ms: float,
    ) -> None:
        """Measures deadlines."""
        self._metrics.deadlines.inc(count)
        self._metrics.deadline_late_seconds.observe(late_ms / MILLI)

    def gate_waited(self, seconds: float, *, gave_up: bool) -> None:
        """Measures a wait for intake, and logs one in vain."""
        self._metrics.gate_seconds.labels(str(gave_up).lower()).observe(seconds)
        if gave_up:
            log.warning("deadlines written without waiting for intake any longer", seconds=seconds)
