"""What happens to a request between a process and the cluster: all of it drawn from the seed.

A request that was sent arrives, whatever has become of its sender; its answer finds whoever still waits. So a request
may be applied long after its sender has given it up, or died, and its successor has begun.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from typing import TypeVar

from tests.faults.simulation.bodies import Body, Died
from worker.lane.limits import Limits

T = TypeVar("T")

LONGEST_WAY = 0.2
"""Seconds; all but a few requests are much faster."""


class NotReached(ConnectionError):
    """The cluster was not reached, or the answer was lost."""


@dataclass
class Weather:
    """How bad the way to the cluster is, for everybody; seconds of virtual time."""

    dice: random.Random
    way: float = 0.002
    """How long a request takes in one direction, on average."""
    lost: float = 0.0
    """The share of requests that do not come through."""
    unanswered: float = 0.0
    """The share of requests that are applied, and whose answer is lost."""
    late: float = 0.0
    """The share of requests that take longer than anybody waits."""
    hits: str = ""
    """How those requests begin that are meant, with whose they are or without; all by default."""
    down_until: float = 0.0
    """When the cluster is there again."""

    def calm(self) -> None:
        """Lets nothing go wrong any more."""
        self.lost = self.unanswered = self.late = self.down_until = 0.0

    def seconds(self) -> float:
        """Returns how long a request takes in one direction."""
        return min(self.dice.expovariate(1 / self.way), LONGEST_WAY)


class Cut:
    """Until when what a process sends, and what it is answered, is held up."""

    def __init__(self) -> None:
        self.there_until = self.back_until = 0.0


class RoughLine:
    """The line of one processor of one process."""

    def __init__(self, body: Body, of: str, weather: Weather, cut: Cut, limits: Limits) -> None:
        self._body = body
        self._of = of
        self._weather = weather
        self._cut = cut
        self._limits = limits

    async def ask(self, name: str, do: Callable[[], T]) -> T:
        """Sends a request, and returns the answer if one comes in time."""
        body, weather, loop = self._body, self._weather, asyncio.get_running_loop()
        place = f"{self._of} {name}"
        body.passes(f"before {place}")
        if body.dead:
            raise Died
        if body.frozen:
            await asyncio.sleep(0)  # it is sent once the process goes on
        answer: asyncio.Future[T] = loop.create_future()
        now, fate, other = loop.time(), weather.dice.random(), weather.dice.random()
        if not (name.startswith(weather.hits) or place.startswith(weather.hits)):
            fate = other = 1.0
        arrives = max(now, self._cut.there_until) + weather.seconds()
        if fate < weather.late:
            arrives += self._limits.request_seconds * (1 + weather.dice.random())
            body.passes(f"late {place}")
        elif fate < weather.late + weather.lost or weather.down_until > now:
            self._later(arrives, _fail, answer, NotReached("not reached"))
            return await answer
        self._later(arrives, self._arrive, place, do, answer, other < weather.unanswered)
        if arrives > now + self._limits.request_seconds:
            self._later(now + self._limits.request_seconds, _fail, answer, TimeoutError())
        return await answer

    def _arrive(
        self, place: str, do: Callable[[], T], answer: asyncio.Future[T], unanswered: bool
    ) -> None:
        now, back = asyncio.get_running_loop().time(), self._weather.seconds()
        try:
            result = do()
        except Exception as error:  # noqa: BLE001 - it is the answer
            self._later(now + back, _fail, answer, error)
            return
        self._body.passes(f"after {place}")
        if unanswered:
            self._body.passes(f"unanswered {place}")
            self._later(now + back, _fail, answer, NotReached("no answer"))
        elif self._cut.back_until > now + self._limits.request_seconds:
            self._later(now + self._limits.request_seconds, _fail, answer, TimeoutError())
        else:
            self._later(max(now, self._cut.back_until) + back, _answer, answer, result)

    def _later(self, at: float, do: Callable[..., None], *arguments: object) -> None:
        asyncio.get_running_loop().call_at(at, do, *arguments, context=Context())


def _answer(answer: asyncio.Future[T], result: T) -> None:
    if not answer.done():
        answer.set_result(result)


def _fail(answer: asyncio.Future[T], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
