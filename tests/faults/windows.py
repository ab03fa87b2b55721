"""The windows of the promise that lie between a worker and a broker: which request, and what becomes of it.

A window is hit in several ways. `killed`: the worker dies at that moment; the request never arrives, or its answer is
never read. `late`: it dies, and the request arrives once its successor is at work. The others leave the worker alive,
and it has to find its way by itself: `reset` breaks the connection, `lost` leaves it in silence, `slow` holds request
or answer past the request time-out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from random import Random
from typing import Literal

from tests.faults.proxy.rules import Act, Rule, Side
from tests.faults.proxy.wire import Api
from topics.catalogue import ACCOUNT_ACTIVITY, OUTCOMES, SPINE

Way = Literal["killed", "late", "reset", "lost", "slow"]
Moment = Literal["working", "starting", "joining"]
"""When the rule is armed: a worker is at work; before a worker starts; before a second one joins."""

SLOW_SECONDS = 15.0
"""Longer than a request may take."""

HELD: tuple[Way, ...] = ("killed", "late", "reset", "lost", "slow")
APPLIED: tuple[Way, ...] = ("killed", "reset", "lost", "slow")
ACTS: dict[Way, Act] = {
    "killed": "drop",
    "late": "hold",
    "reset": "reset",
    "lost": "drop",
    "slow": "hold",
}
FAULTS: dict[Way, str] = {
    "killed": "a worker killed between a request and its answer",
    "late": "a worker killed, its request arriving after its successor's",
    "reset": "a connection broken at a request or its answer",
    "lost": "a request or its answer lost",
    "slow": "a request or its answer held for longer than it may take",
}
"""The ways in words."""
DEADLY: frozenset[Way] = frozenset({"killed", "late"})


LIFECYCLE, ACCOUNTS = "*.lifecycle-*", "*.accounts-*"
PROCESSORS = {"": "intake", LIFECYCLE: "lifecycle", ACCOUNTS: "accounts"}


@dataclass(frozen=True, slots=True)
class Window:
    """One window: `held` before the broker sees the request, or `applied` and its answer not delivered."""

    name: str
    where: str
    api: Api
    side: Side
    who: str
    topics: tuple[str, ...] = ()
    moment: Moment = "working"
    most: int = 8
    """The last of the requests, or answers, that may be the one."""
    last: bool = False
    """Whether it is the last request of a round: who dies after it was applied may have nothing left to do."""

    @property
    def ways(self) -> tuple[Way, ...]:
        """Returns how it can be hit."""
        return HELD if self.side == "request" else APPLIED

    @property
    def processor(self) -> str:
        """Returns whose lanes it is that die in it, at work."""
        return PROCESSORS[self.who]

    @property
    def leaves_work(self) -> bool:
        """Returns whether those lanes have something left to do then."""
        return self.moment == "working" and not (self.last and self.side == "answer")


PUBLIC = tuple(topic.name for topic in OUTCOMES)


def _both(
    held: str, applied: str, where: str, api: Api, who: str, **more: object
) -> Iterator[Window]:
    sides: tuple[tuple[str, str, Side], ...] = (
        (held, "held", "request"),
        (applied, "applied, answer lost", "answer"),
    )
    for name, how, side in sides:
        yield Window(name, f"{where} {how}", api, side, who, **more)  # type: ignore[arg-type]  # by name


WINDOWS = (
    *_both(
        "W3", "W4", "changelog Produce", Api.PRODUCE, LIFECYCLE, topics=("*.lifecycle.changelog",)
    ),
    *_both("W6", "W7", "output Produce", Api.PRODUCE, LIFECYCLE, topics=PUBLIC, most=3),
    *_both("W8", "W9", "spine Produce of intake", Api.PRODUCE, "", topics=(SPINE.name,)),
    *_both(
        "W8p",
        "W9p",
        "position record of intake",
        Api.PRODUCE,
        "",
        topics=("*.intake.positions",),
        last=True,
    ),
    *_both("W10", "W11", "EndTxn", Api.END_TXN, LIFECYCLE, last=True),
    *_both(
        "W3m",
        "W4m",
        "changelog Produce of accounts",
        Api.PRODUCE,
        ACCOUNTS,
        topics=("*.accounts.changelog",),
        most=3,
    ),
    *_both(
        "W6m",
        "W7m",
        "Produce of accounts to their leads",
        Api.PRODUCE,
        ACCOUNTS,
        topics=(ACCOUNT_ACTIVITY.name,),
        most=2,
    ),
    *_both("W10m", "W11m", "EndTxn of accounts", Api.END_TXN, ACCOUNTS, most=3, last=True),
    *_both("W16j", "W16J", "JoinGroup at a start", Api.JOIN_GROUP, "*", moment="starting", most=3),
    *_both("W16s", "W16S", "SyncGroup at a start", Api.SYNC_GROUP, "*", moment="starting", most=3),
    *_both(
        "W16k",
        "W16K",
        "JoinGroup when another joins",
        Api.JOIN_GROUP,
        "*",
        moment="joining",
        most=6,
    ),
    *_both(
        "W16t",
        "W16T",
        "SyncGroup when another joins",
        Api.SYNC_GROUP,
        "*",
        moment="joining",
        most=6,
    ),
    *_both(
        "W20a",
        "W20A",
        "InitProducerId of the first id",
        Api.INIT_PRODUCER_ID,
        f"{LIFECYCLE}-a",
        moment="starting",
        most=4,
    ),
    *_both(
        "W20b",
        "W20B",
        "InitProducerId of the second id",
        Api.INIT_PRODUCER_ID,
        f"{LIFECYCLE}-b",
        moment="starting",
        most=4,
    ),
    *_both("W20p", "W20P", "AddPartitionsToTxn", Api.ADD_PARTITIONS_TO_TXN, LIFECYCLE),
)
"""A letter behind a number: another request of the same window. Where a window has one number, a small letter says that
it is held, a capital one that it is applied."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """One window, hit in one way."""

    window: Window
    way: Way

    @property
    def name(self) -> str:
        """Returns what it is called in reports."""
        return f"{self.window.name} {self.way}"

    def rule(self, dice: Random) -> Rule:
        """Returns the rule that hits it; the dice say which of the requests it is."""
        window = self.window
        return Rule(
            name=self.name,
            api=window.api,
            side=window.side,
            act=ACTS[self.way],
            topics=window.topics,
            who=window.who,
            nth=dice.randint(1, window.most),
            seconds=SLOW_SECONDS if self.way == "slow" else None,
        )


def every() -> Iterator[Experiment]:
    """Yields every window, hit in every way."""
    for window in WINDOWS:
        for way in window.ways:
            yield Experiment(window, way)


def once_each(seed: int, wanted: Collection[str] = HELD) -> Iterator[Experiment]:
    """Yields every window once, in one of the ways that are wanted, which rotates with the seed.

    From one pair to the next, too: of two ways that only requests have, a seed hits some windows in each.
    """
    for number, window in enumerate(WINDOWS):
        ways = [way for way in window.ways if way in wanted]
        if ways:
            yield Experiment(window, ways[(seed + number // 2) % len(ways)])
