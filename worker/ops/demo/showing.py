"""Runs the demo from a terminal: a broker, a worker, the screen, and everything put away afterwards."""

from __future__ import annotations

import signal
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import click
import orjson
from rich.console import Console

from worker.lifecycle.language.plan import Policy
from worker.lifecycle.language.policy import PolicyError
from worker.ops.cluster import answer_of, settings_in_force
from worker.ops.demo.course import Findings, Size, run_course
from worker.ops.demo.screen import (
    show_pace,
    show_places,
    show_stories,
    show_summary,
    show_verdict,
)
from worker.ops.demo.stories import stories_of
from worker.ops.demo.summary import summary_of
from worker.ops.demo.worker_process import WorkerProcess
from worker.ops.exits import BadInput
from worker.ops.local_broker import local_broker
from worker.presets import load

WIDTH_IN_FILES = 120


def show(*, keep: bool, as_json: bool) -> bool:
    """Run the demo and say whether the oracle agrees."""
    console = Console(stderr=as_json)
    if not console.is_terminal:
        console = Console(stderr=as_json, width=WIDTH_IN_FILES)
    policy = _policy(settings_in_force().policy)
    signal.signal(signal.SIGTERM, _end)
    with local_broker(console.print) as broker:
        settings = settings_in_force().model_copy(update={"bootstrap": broker.bootstrap})
        log = Path(tempfile.mkdtemp(prefix="lead-router-demo-")) / "worker.log"
        worker = WorkerProcess(settings, log)
        try:
            findings = answer_of(run_course(settings, worker, Size(), console))
            tell(console, findings, policy)
            if as_json:
                click.echo(orjson.dumps(as_data(findings, policy)))
            show_places(console, _places(broker.bootstrap, worker, keep=keep))
            if keep:
                _wait_for_interrupt()
        finally:
            worker.stop()
    return findings.report.verdict == "PASS" and findings.lag == 0


def tell(console: Console, findings: Findings, policy: Policy) -> None:
    """Put everything that was found on the screen."""
    show_summary(console, summary_of(findings.logs, policy.statuses))
    console.rule("[bold]Three leads", align="left")
    show_stories(console, stories_of(findings.logs, policy))
    show_pace(console, findings.events_per_second, findings.latency_ms)
    console.print(f"lag now: {findings.lag}\n")
    show_verdict(console, findings.report, findings.overtaken)


def as_data(findings: Findings, policy: Policy) -> dict[str, Any]:
    """Return the same as data."""
    report = findings.report
    return {
        "agrees": report.verdict == "PASS",
        "anomalies": [{"name": name, "where": where} for name, where in report.first],
        "items": report.judged["items"],
        "outcomes": report.judged["outcomes"],
        "overtaken_leads": len(findings.overtaken),
        "lag": findings.lag,
        "events_per_second": round(findings.events_per_second),
        "latency_ms": findings.latency_ms
        and dict(zip(("p50", "p99"), findings.latency_ms, strict=True)),
        "summary": asdict(summary_of(findings.logs, policy.statuses)),
        "stories": [asdict(story) for story in stories_of(findings.logs, policy)],
    }


def _policy(name: str) -> Policy:
    """Return the policy that the worker will run; BadInput says what is wrong with it."""
    try:
        return load(name)
    except PolicyError as error:
        raise BadInput(f"policy {name}:\n{error}") from None


def _end(*_signal: object) -> NoReturn:
    """Leave in order, so that worker and broker are put away."""
    sys.exit(128 + signal.SIGTERM)


def _places(bootstrap: str, worker: WorkerProcess, *, keep: bool) -> dict[str, str]:
    """Return where a newcomer may look next, in words that a shell takes."""
    me = sys.argv[0] if Path(sys.argv[0]).name == "lead-router" else "python -m worker"
    places = {
        "a life of your own": f"{me} simulate --help",
        "the policy": f"{me} policy show {worker.settings.policy}",
        "the worker's log": str(worker.log),
    }
    if not keep:
        return {**places, "leave it running": f"{me} demo --keep"}
    there = f"LEAD_ROUTER_BOOTSTRAP={bootstrap} {me}"
    return {
        **places,
        "Kafka": bootstrap,
        "is it ready": f"{worker.url}/readyz",
        "its figures": f"{worker.url}/metrics",
        "how far behind": f"{there} lag --watch",
        "what it publishes": f"{there} topics read leads.handoff.v1",
        "stop": "Ctrl-C",
    }


def _wait_for_interrupt() -> None:
    """Wait for Ctrl-C or SIGTERM."""
    signals = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    signal.sigwait(signals)
