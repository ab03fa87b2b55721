"""Services of the app: processors at work, and the gate of their deadlines; started and stopped with the process."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mode import Service
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from worker.lane.engine import Engine
from worker.lane.gate import Gate
from worker.lane.lane import Lane
from worker.lane.watch import LaneState


class Processing(Service):
    """Runs one engine, made once the event loop runs; a failure that opening lanes anew does not mend ends the app."""

    logger = logging.getLogger("mode")

    def __init__(self, name: str, make: Callable[[], Engine[Any]]) -> None:
        super().__init__()
        self.name = name
        self.engine: Engine[Any] | None = None
        self._make = make

    async def on_start(self) -> None:
        """Begins: the engine waits for the broker by itself."""
        self.engine = self._make()
        await self.engine.start()

    @Service.task
    async def _fail_with_the_engine(self) -> None:
        """Raises what the engine could not mend."""
        if self.engine is not None:
            await self.engine.failed

    async def on_stop(self) -> None:
        """Finishes what is running and leaves the group."""
        if self.engine is not None:
            await self.engine.stop()

    def lanes(self) -> list[Lane[Any]]:
        """Returns the lanes held at the moment."""
        return [] if self.engine is None else list(self.engine.lanes.values())

    def not_ready(self) -> list[str]:
        """Returns what is missing before the processor works, in words."""
        return [f"{self.name} is starting"] if self.engine is None else self.engine.not_ready()


class DeadlineGate(Service):
    """Lets due deadlines onto the spine once intake has passed what the inputs held."""

    logger = logging.getLogger("mode")

    def __init__(self, gate: Gate) -> None:
        super().__init__()
        self._gate = gate

    async def on_start(self) -> None:
        """Begins to look at the clock."""
        await self._gate.start()

    @Service.task
    async def _fail_with_the_gate(self) -> None:
        """Raises what has ended it."""
        await self._gate.ended()

    async def on_stop(self) -> None:
        """Looks no more."""
        await self._gate.stop()


def not_ready(processors: Sequence[Processing]) -> list[str]:
    """Returns what is missing before the worker works, in words."""
    return [reason for processor in processors for reason in processor.not_ready()]


class LaneCollector(Collector):
    """Tells Prometheus, when it is asked, where the lanes of this process stand and how far they are behind."""

    def __init__(self, processors: Sequence[Processing]) -> None:
        self._processors = processors

    def collect(self) -> Iterator[Metric]:
        """Yields lanes by state, then lag in messages and in seconds."""
        lanes = GaugeMetricFamily(
            "lead_router_lanes", "Lanes held, by state.", labels=("processor", "state")
        )
        place = ("processor", "topic", "partition")
        messages = GaugeMetricFamily(
            "lead_router_lag_messages", "Messages not yet processed.", labels=place
        )
        seconds = GaugeMetricFamily(
            "lead_router_lag_seconds",
            "Age of the last message processed; 0 if none is left.",
            labels=place,
        )
        for one in self._processors:
            states = Counter(lane.state for lane in one.lanes())
            for state in LaneState:
                lanes.add_metric((one.name, state), states[state])
            for lag in one.engine.lag() if one.engine else ():
                where = (one.name, lag.topic, str(lag.partition))
                messages.add_metric(where, lag.messages)
                seconds.add_metric(where, lag.seconds)
        yield from (lanes, messages, seconds)
