"""What the worker tells Prometheus: transactions, troubles, lanes, lag, and what was decided."""

from __future__ import annotations

import pytest
from prometheus_client import generate_latest

from worker.lane.watch import Committed
from worker.stream.metrics import Metrics
from worker.stream.processing import LaneCollector
from worker.stream.tally import MetricsTally
from worker.stream.watching import Watching


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def figures(metrics: Metrics) -> list[str]:
    return generate_latest(metrics.registry).decode().splitlines()


def test_a_transaction_is_measured_by_phase(metrics: Metrics) -> None:
    facts = Committed(
        records=7,
        outcomes=2,
        bytes=900,
        age_ms=10.0,
        decided_ms=1.0,
        acknowledged_ms=4.0,
        committed_ms=2.0,
    )
    Watching(metrics).committed("lifecycle", 0, facts)
    told = figures(metrics)
    for phase, seconds in (("age", 0.01), ("decide", 0.001), ("acknowledge", 0.004)):
        name = f'lead_router_transaction_seconds_sum{{phase="{phase}",processor="lifecycle"}}'
        assert f"{name} {seconds}" in told
    assert 'lead_router_transaction_records_sum{processor="lifecycle"} 7.0' in told


def test_a_deadline_written_late_and_a_gate_that_gave_up_are_seen(metrics: Metrics) -> None:
    watching = Watching(metrics)
    watching.deadlines_written("lifecycle", 0, 3, 1_500.0)
    watching.gate_waited(600.0, gave_up=True)
    told = figures(metrics)
    assert "lead_router_deadlines_total 3.0" in told
    assert "lead_router_deadline_late_seconds_sum 1.5" in told
    assert 'lead_router_gate_seconds_count{gave_up="true"} 1.0' in told


def test_troubles_are_counted_by_kind(metrics: Metrics) -> None:
    watching = Watching(metrics)
    watching.lane_failed("lifecycle", 1, "ProducerFenced")
    watching.trouble("intake", "fetch", "KafkaTimeoutError")
    told = figures(metrics)
    assert 'lead_router_troubles_total{kind="lane_failed",processor="lifecycle"} 1.0' in told
    assert 'lead_router_troubles_total{kind="fetch",processor="intake"} 1.0' in told


def test_what_a_quota_takes_is_summed(metrics: Metrics) -> None:
    watching = Watching(metrics)
    watching.held("lifecycle", 0, 1.5)
    watching.held("lifecycle", 1, 2.0)
    assert 'lead_router_held_seconds_total{processor="lifecycle"} 3.5' in figures(metrics)


def test_what_was_decided_is_counted(metrics: Metrics) -> None:
    tally, policy = MetricsTally(metrics), {"name": "p"}
    tally.relayed(unknown_fields=2)
    tally.decided("duplicate")
    tally.dead_letter("json.invalid")
    change = {"policy": policy, "from_status": None, "to_status": "mql"}
    tally.published("status-change", change)
    tally.published("refusal", {"policy": policy, "code": "lock.mql"})
    told = figures(metrics)
    assert 'lead_router_events_total{outcome="relayed",processor="intake"} 1.0' in told
    assert 'lead_router_events_total{outcome="duplicate",processor="lifecycle"} 1.0' in told
    assert 'lead_router_dead_letters_total{code="json.invalid"} 1.0' in told
    assert "lead_router_unknown_fields_total 2.0" in told
    assert 'lead_router_status_changes_total{from_status="",policy="p",to_status="mql"} 1.0' in told
    assert 'lead_router_refusals_total{code="lock.mql",policy="p"} 1.0' in told


def test_a_worker_without_lanes_tells_no_lag(metrics: Metrics) -> None:
    metrics.registry.register(LaneCollector([]))
    assert not [line for line in figures(metrics) if line.startswith("lead_router_lag_messages{")]
