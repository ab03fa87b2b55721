"""Virtual time, and processes within one: each step of the loop belongs to a body, which may freeze or die between two.

Time jumps to the next timer when nothing is ready. A body is inherited by every task and timer that it begins, with
the context they run in. The steps of a frozen body wait, those of a dead one are never taken: neither cleans up, sees a
time pass, or says another word, as with SIGSTOP and SIGKILL.
"""

from __future__ import annotations

import asyncio
import math
import selectors
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import ContextVar, copy_context
from typing import Any

ANYWHERE = "anywhere"


class Died(BaseException):
    """The step that is taken ends here, and with it the body; nothing may catch it and go on."""


class Body:
    """One process: what it passes it tells, and it may be told to stop or to die at the next such place."""

    def __init__(self, name: str, tells: Callable[[str, str], None]) -> None:
        self.name = name
        self.dead = self.frozen = False
        self.held: list[asyncio.Handle] = []
        self.ends_at: dict[str, int] = {}
        """Place, or kind of place, or ANYWHERE -> at which of the next passings it meets its fate."""
        self.fate = self.die
        """What becomes of it there."""
        self.stops_at: dict[str, Callable[[], object]] = {}
        """Place -> what hears that it has frozen there."""
        self._tells = tells
        self._context = copy_context()
        self._context.run(BODY.set, self)

    @property
    def runs(self) -> bool:
        return not (self.dead or self.frozen)

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Runs something in this body."""
        return asyncio.get_running_loop().create_task(work, context=self._context)

    def passes(self, place: str) -> None:
        """Hears of a place that is passed, and is where it ends if that was asked for."""
        if self.dead:
            return
        self._tells(self.name, place)
        if (caught := self.stops_at.pop(place, None)) is not None:
            self.frozen = True
            caught()
        if self.ends_at:
            for one in (place, kind_of(place), ANYWHERE):
                if one in self.ends_at:
                    self.ends_at[one] -= 1
                    if self.ends_at[one] == 0:
                        self.fate(f"at {place}")

    def die(self, how: str) -> None:
        """Ends it, whatever it is doing."""
        if not self.dead:
            self.dead = True
            self._tells(self.name, f"died {how}")

    def thaw(self) -> None:
        """Lets it go on where it was."""
        self.frozen = False
        self._take_up()

    def wind_up(self) -> None:
        """Lets what is left of it end, once nobody looks any more."""
        self.dead = self.frozen = False
        self._tells = lambda *_: None
        self.ends_at.clear()
        self.stops_at.clear()
        self._take_up()

    def _take_up(self) -> None:
        held, self.held = self.held, []
        asyncio.get_running_loop()._ready.extend(held)  # type: ignore[attr-defined]


def kind_of(place: str) -> str:
    """Returns `before append` of `before intake append leads.activity.v1`; a fail point is its own kind."""
    moment, _, request = place.partition(" ")
    return f"{moment} {request.split()[1]}" if request else place


BODY: ContextVar[Body | None] = ContextVar("body", default=None)
"""Whose step it is; None where it is the world's."""


def passes(place: str) -> None:
    """Hears of a fail point."""
    body = BODY.get()
    if body is not None:
        body.passes(place)
        if body.dead:
            raise Died


class Steps(deque[asyncio.Handle]):
    """The steps that are ready: those of bodies that do not run are put aside when their turn comes."""

    def popleft(self) -> asyncio.Handle:
        handle = super().popleft()
        body = handle._context.get(BODY)  # type: ignore[attr-defined]
        if body is None or body.runs:
            return handle
        body.held.append(handle)
        return NOTHING


class Nothing(asyncio.Handle):
    """A step that is none."""

    def __init__(self) -> None:
        self._cancelled = True


NOTHING = Nothing()


class Clock:
    """Time that is never a little before the timer it has jumped to, for which a step might wait once more, for ever.

    A tick is a power of two, so that sums of ticks are exact.
    """

    TICK = 2.0**-20

    def __init__(self) -> None:
        self._ticks = 0

    def time(self) -> float:
        return self._ticks * self.TICK

    def advance(self, seconds: float) -> None:
        self._ticks += math.ceil(seconds / self.TICK)


class SleepsForEver(RuntimeError):
    """Nothing is ready and no timer runs: nobody would ever wake up."""


class Leaping(selectors.DefaultSelector):
    """Waits for nothing outside: time leaps instead."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Leaps to the next timer, which is `timeout` seconds away; raises `SleepsForEver` where there is none."""
        if timeout is None:
            raise SleepsForEver
        self.clock.advance(timeout)
        return []


class Loop(asyncio.SelectorEventLoop):
    """The loop; a deadlock is an error."""

    def __init__(self) -> None:
        leaping = Leaping()
        self.time = leaping.clock.time  # type: ignore[method-assign]
        super().__init__(leaping)
        self._ready = Steps()
        self._clock_resolution = Clock.TICK / 2
