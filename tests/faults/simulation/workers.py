"""A worker as the wiring has it, on the log in memory: processors, each with a line of its own, and a gate."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faults.simulation.bodies import Body
from tests.faults.simulation.line import Cut, RoughLine, Weather
from tests.faults.simulation.world import APPLICATION, World
from tests.silent import Silent
from topics.catalogue import intake_positions, lifecycle_changelog
from worker.intake.admit import Door
from worker.lane.engine import Engine
from worker.lane.errors import InstanceFenced, LaneError, PoliciesDiffer
from worker.lane.gate import Gate, Inputs
from worker.lane.limits import Limits
from worker.lane.memory.log import MemoryLog
from worker.lane.memory.source import MemorySource
from worker.lane.processor import TopicPartition
from worker.lane.watch import Watch
from worker.lifecycle.language.plan import Policy
from worker.stream.accounts import Accounts
from worker.stream.intake import Intake
from worker.stream.lifecycle import Lifecycle

TOGETHER = ("intake", "lifecycle", "accounts")
SEATS_A_TURN = 3
"""So few that a telling takes several turns."""
WITHOUT_POLICY = re.compile(r"partition (\d+) has no policy yet")


@dataclass(frozen=True)
class Parts:
    """What a worker is made of; a mutant has another part in the place of a good one."""

    intake: type[Intake] = Intake
    lifecycle: type[Lifecycle] = Lifecycle
    accounts: type[Accounts] = Accounts
    gate: type[Gate] = Gate
    log: type[MemoryLog] = MemoryLog


@dataclass
class Surroundings:
    """What the workers of one life have in common."""

    world: World
    weather: Weather
    limits: Limits
    tells: Callable[[str, str], None]
    policy: Policy
    parts: Parts = field(default_factory=Parts)
    stopped: list[str] = field(default_factory=list)
    """What workers stopped for by themselves, other than what they have to stop for."""
    shared: set[str] = field(default_factory=set)
    """Instance names that two workers had who were there at the same time."""


class Seen(Watch):
    """Tells what is rare."""

    def __init__(self, name: str, tells: Callable[[str, str], None]) -> None:
        self._name = name
        self._tells = tells

    def lane_failed(self, processor: str, partition: int, error: str) -> None:
        self._tells(self._name, f"{processor} lane {partition} failed: {error}")

    def repeats_dropped(self, processor: str, partition: int, count: int) -> None:
        self._tells(self._name, f"{processor} dropped repeats")

    def chain_broken(self, processor: str, partition: int, topic: str) -> None:
        self._tells(self._name, f"{processor} lane {partition} seeks back")

    def trouble(self, processor: str, doing: str, error: str) -> None:
        self._tells(self._name, f"{processor} trouble: {doing} {error}")

    def gate_waited(self, seconds: float, *, gave_up: bool) -> None:
        if gave_up:
            self._tells(self._name, "gate gave up")


class Worker:
    """One process."""

    def __init__(
        self,
        name: str,
        around: Surroundings,
        only: tuple[str, ...],
        skew_ms: int = 0,
        instance: str = "",
    ) -> None:
        self.name = name
        self.only = only
        self.instance = instance
        """The name under which it is a static member of its groups, if it is one."""
        self.skew_ms = skew_ms
        self.body = Body(name, around.tells)
        self.cut = Cut()
        self.engines: list[Engine[Any]] = []
        self.ended = False
        self._around = around
        self._gate: Gate | None = None
        self._stopping = asyncio.Event()

    def start(self) -> None:
        """Begins."""
        self._around.tells(self.name, f"starts with {', '.join(self.only)}")
        if self.instance not in {"", self.name}:
            self._around.tells(self.name, "comes under the name of another")
        self.body.begin(self._work())

    def stop(self) -> None:
        """Asks it to end in order, as SIGTERM does."""
        self._around.tells(self.name, "is asked to end")
        self._stopping.set()

    @property
    def gone(self) -> bool:
        return self.ended or self.body.dead

    def ready(self) -> bool:
        """Returns whether everything of it is at work."""
        return bool(self.engines) and not any(engine.not_ready() for engine in self.engines)

    def _now_ms(self) -> int:
        return self._around.world.now_ms() + self.skew_ms

    async def _work(self) -> None:
        self.engines = [self._engine(name) for name in self.only]
        for engine in self.engines:
            await engine.start()
        if "lifecycle" in self.only:
            self._gate = self._made_gate(self.engines[self.only.index("lifecycle")])
            await self._gate.start()
        failed = [engine.failed for engine in self.engines]
        ends: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._stopping.wait()), *failed]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for one in failed:
            if one.done() and (error := one.exception()) is not None:
                self._gave_up(error)
        if self._gate is not None:
            await self._gate.stop()
        await asyncio.gather(*(engine.stop() for engine in self.engines))
        self.ended = True
        self._around.tells(self.name, "has ended")

    def _gave_up(self, error: BaseException) -> None:
        self._around.tells(self.name, f"gave up: {type(error).__name__}")
        if not self._had_to_give_up(error):
            assert isinstance(error, LaneError)
            self._around.stopped.append(f"{self.name} {type(error).__name__}: {error}")

    def _had_to_give_up(self, error: BaseException) -> bool:
        """Returns whether another has had its name, or other policies are about where none is in force.

        The cluster says so too. Where one is in force, they are waited for longer than a life takes.
        """
        if isinstance(error, InstanceFenced):
            return self.instance in self._around.shared
        named = WITHOUT_POLICY.match(str(error)) if isinstance(error, PoliciesDiffer) else None
        if named is None:
            return False
        changelog = TopicPartition(lifecycle_changelog(APPLICATION).name, int(named[1]))
        return not self._around.world.cluster.partitions[changelog].read(0, 1)[0]

    def _log(self, of: str) -> MemoryLog:
        around = self._around
        line = RoughLine(self.body, of, around.weather, self.cut, around.limits)
        return around.parts.log(around.world.cluster, line)

    def _engine(self, name: str) -> Engine[Any]:
        around, log, processor = self._around, self._log(name), self._processor(name)
        group = around.world.groups[name]
        return Engine(
            processor,
            group=group.name,
            log=log,
            source=MemorySource(
                *(log.cluster, log.line, group, around.limits),
                policy=processor.policy,
                instance=self.instance,
            ),
            limits=around.limits,
            watch=Seen(self.name, around.tells),
            clock=self._now_ms,
        )

    def _processor(self, name: str) -> Any:
        around, tally = self._around, Silent()
        parts, counts = around.parts, around.world.counts
        made: Mapping[str, Callable[[], Any]] = {
            "intake": lambda: parts.intake(APPLICATION, counts, Door(), tally),
            "lifecycle": lambda: parts.lifecycle(APPLICATION, counts, around.policy, tally),
            "accounts": lambda: parts.accounts(APPLICATION, tally, SEATS_A_TURN),
        }
        return made[name]()

    def _made_gate(self, engine: Engine[Any]) -> Gate:
        around, log = self._around, self._log("gate")
        positions = log.follower([intake_positions(APPLICATION).name])
        inputs = Inputs(topics=Intake.inputs, log=log, positions=positions)
        return around.parts.gate(
            inputs,
            engine.lanes.values,
            limits=around.limits,
            watch=Seen(self.name, around.tells),
            clock=self._now_ms,
        )


def some_skew_ms(dice: random.Random) -> int:
    """Returns how far a worker's clock is wrong."""
    return dice.choice((0, 0, dice.randrange(-1500, 1500)))
