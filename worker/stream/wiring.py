"""The one page that knows all parts and puts them together."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any

import structlog
from mode import Service

from worker.intake.admit import Door
from worker.lane.engine import Engine
from worker.lane.gate import Gate, Inputs
from worker.lane.guard import reads_all
from worker.lane.kafka.log import KafkaLog
from worker.lane.processor import Processor
from worker.lifecycle.language.plan import Policy
from worker.stream.accounts import Accounts
from worker.stream.app import Worker, worker_of
from worker.stream.connection import connection
from worker.stream.health import Health
from worker.stream.intake import Intake
from worker.stream.lifecycle import Lifecycle
from worker.stream.metrics import Metrics
from worker.stream.processing import DeadlineGate, LaneCollector, Processing, not_ready
from worker.stream.settings import Settings
from worker.stream.tally import MetricsTally
from worker.stream.watching import Watching

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was loaded and checked before anything starts; `partitions` are the counts of the topics."""

    settings: Settings
    policy: Policy
    door: Door
    partitions: Mapping[str, int]
    bound: socket.socket


def assembled(checked: Checked, only: str | None) -> Worker:
    """Returns the worker, ready to run, with one processor or all."""
    settings, policy = checked.settings, checked.policy
    facts = {"version": version("lead-router"), "policy": policy.name, "digest": policy.digest}
    log.info("starting", application_id=settings.application_id, only=only, **facts)
    metrics = Metrics()
    metrics.info.info(facts)
    watching, tally = Watching(metrics), MetricsTally(metrics)
    intake = Intake(settings.application_id, checked.partitions, checked.door, tally)
    lifecycle = Lifecycle(settings.application_id, checked.partitions, policy, tally)
    accounts = Accounts(settings.application_id, tally)
    turns = asyncio.Semaphore(settings.limits.transactions_at_once)
    relaying = Processing(intake.name, partial(_engine, settings, intake, watching, turns))
    deciding = Processing(lifecycle.name, partial(_engine, settings, lifecycle, watching, turns))
    relating = Processing(accounts.name, partial(_engine, settings, accounts, watching, turns))
    gate = _gate(settings, intake, deciding, watching)
    services: dict[str, tuple[Service, ...]] = {
        intake.name: (relaying,),
        lifecycle.name: (deciding, DeadlineGate(gate)),
        accounts.name: (relating,),
    }
    chosen = [one for name, found in services.items() if only in {None, name} for one in found]
    processors = [one for one in chosen if isinstance(one, Processing)]
    metrics.registry.register(LaneCollector(processors))
    pages = Health(checked.bound, partial(not_ready, processors), metrics.registry)
    return worker_of(settings, pages, chosen)


def _engine(
    settings: Settings, processor: Processor[Any], watching: Watching, turns: asyncio.Semaphore
) -> Engine[Any]:
    """Returns the engine that runs a processor on Kafka.

    Those of a process that write in transactions take turns; a relay's round is one request, and has turns of its own.
    """
    log = KafkaLog(connection(settings, settings.application_id), settings.limits)
    group = settings.group_of(processor.name)
    return Engine(
        processor,
        group=group,
        log=log,
        source=log.source(
            *(group, processor.inputs, settings.group_instance_id, processor.policy),
            reads_all=reads_all(processor, settings.limits),
        ),
        limits=settings.limits,
        watch=watching,
        turns=turns if processor.transactional else None,
    )


def _gate(settings: Settings, intake: Intake, deciding: Processing, watching: Watching) -> Gate:
    """Returns the gate that holds due deadlines back until intake, wherever it runs, has come far enough."""
    log = KafkaLog(connection(settings, settings.application_id), settings.limits)
    inputs = Inputs(topics=intake.inputs, log=log, positions=log.follower([intake.changelog]))
    return Gate(inputs, deciding.lanes, limits=settings.limits, watch=watching)
