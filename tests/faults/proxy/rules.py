"""What is done to which request, or to its answer; and the facts, written down and synced before anything happens."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, NamedTuple

from tests.faults.proxy.wire import Api, Request

Side = Literal["request", "answer"]
"""`request`: before the broker sees it. `answer`: the broker has applied it."""

Act = Literal["pass", "hold", "drop", "reset"]
"""`hold`: until released, or for a time. `drop`: this and what follows the same way is lost, the connection stays.
`reset`: the connection breaks. `pass`: nothing; for rules that only call somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Acts on the `nth` request, or answer without an error, that it names, and on the `times` - 1 after that."""

    name: str
    api: Api
    side: Side
    act: Act
    topics: tuple[str, ...] = ()
    """Patterns; a request is named if one of its topics fits one of them. None: whatever its topics."""
    who: str = "*"
    """A pattern of the transactional id or the group; empty for a producer without an id."""
    client: str = "*"
    nth: int = 1
    times: int = 1
    seconds: float | None = None
    """How long a hold lasts at most."""

    def fits(self, request: Request) -> bool:
        """Returns whether the rule names this request."""
        return (
            request.api == self.api
            and fnmatchcase(request.who, self.who)
            and fnmatchcase(request.client, self.client)
            and (not self.topics or any(map(self._names, request.topics)))
        )

    def _names(self, topic: str) -> bool:
        return any(fnmatchcase(topic, pattern) for pattern in self.topics)


class Seen(NamedTuple):
    """A rule has met a request or its answer."""

    rule: str
    side: Side
    act: Act
    at: float
    request: Request

    def line(self) -> str:
        """Returns it as a line of JSON."""
        told = {**self._asdict(), "request": {**self.request._asdict(), "name": self.request.name}}
        return json.dumps(told)


Then = Callable[[Request], None]


def ignore(request: Request) -> None:
    """Leaves it at that."""


class Armed:
    """A rule at work; `met` is set once it has acted, `then` is called each time it acts, before anything else."""

    def __init__(self, rule: Rule, note: Callable[[Seen], None], then: Then) -> None:
        self.rule = rule
        self.seen: list[Seen] = []
        self.met = asyncio.Event()
        self._note = note
        self._then = then
        self._named = 0
        self._released = asyncio.Event()

    def meets(self, request: Request) -> bool:
        """Returns whether it acts now."""
        if not self.rule.fits(request):
            return False
        self._named += 1
        return self.rule.nth <= self._named < self.rule.nth + self.rule.times

    def act(self, request: Request) -> None:
        """Notes the fact, then calls whoever wants to know."""
        self.seen.append(Seen(self.rule.name, self.rule.side, self.rule.act, time.time(), request))
        self._note(self.seen[-1])
        self._then(request)
        self.met.set()

    async def held(self) -> None:
        """Returns when what is held may go on."""
        try:
            async with asyncio.timeout(self.rule.seconds):
                await self._released.wait()
        except TimeoutError:
            return

    def release(self) -> None:
        """Lets everything go that is held, and holds nothing any more."""
        self._released.set()


class Rules:
    """The rules in force, in the order they were armed: the first that acts, acts alone."""

    def __init__(self, notes: Path | None) -> None:
        self._notes = notes
        self._armed: list[Armed] = []

    def arm(self, rule: Rule, then: Then = ignore) -> Armed:
        """Puts a rule in force."""
        self._armed.append(Armed(rule, self._note, then))
        return self._armed[-1]

    def disarm(self) -> None:
        """Takes all rules back and releases what they hold."""
        for armed in self._armed:
            armed.release()
        self._armed = []

    def met(self, side: Side, request: Request) -> Armed | None:
        """Returns the rule that acts on this request or answer; its fact is written by now."""
        of_side = [armed for armed in self._armed if armed.rule.side == side]
        acting = [armed for armed in of_side if armed.meets(request)]
        if not acting:
            return None
        acting[0].act(request)
        return acting[0]

    def _note(self, seen: Seen) -> None:
        if self._notes is None:
            return
        with self._notes.open("a") as file:
            file.write(f"{seen.line()}\n")
            file.flush()
            os.fsync(file.fileno())
