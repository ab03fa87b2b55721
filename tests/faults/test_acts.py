"""An act is seen to bite by what it did to workers, never because it was done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.faults.proof import acts, crew, ways
from tests.faults.proof.acts import apart, end, guest, power, together, window
from tests.faults.proof.bite import Bite
from tests.faults.proof.campaign import Happened
from tests.faults.proof.crew import Hand, Lane
from tests.faults.proof.plan import Act
from worker.stream.settings import Settings

HERE, THERE = ("lifecycle", 0), ("lifecycle", 1)
BEFORE: dict[Lane, int] = {HERE: 10, THERE: 20}
LATER, LONG_AGO = "2999-01-01T00:00:00.000000Z", "1970-01-01T00:00:00.000000Z"


class Post:
    """A post whose next process has the next number."""

    def __init__(self, pid: int, *, taken: bool = True) -> None:
        self.pid, self.parts = pid, ("",)
        self.hands = [_hand()] * taken

    def pids(self) -> set[int]:
        return {self.pid} if self.hands else set()

    def lanes(self) -> set[Lane]:
        return {lane for hand in self.hands for lane in hand.lanes()} | {("intake", 0)}

    def hire(self, parts: Any) -> list[Any]:
        self.pid += 1
        self.hands = [_hand()]
        return self.hands

    def end(self) -> list[int]:
        self.hands = []
        return [0]


def _hand() -> Any:
    return SimpleNamespace(lanes=lambda: {HERE})


def looked_at(*seen: Any) -> Callable[[], Any]:
    """Returns what is seen, look by look; after the last one patience is over."""
    looks = iter(seen)

    def look() -> Any:
        for found in looks:
            return found
        raise TimeoutError

    return look


def bites_of(act: Callable[..., Any], post: Post, **campaign: Any) -> int:
    """Returns how often an act was seen to bite."""
    happened = Happened()
    fake = SimpleNamespace(happened=happened, **campaign)
    asyncio.run(act(fake, post, Act(act.__name__, -0.5, 0)))
    return happened.bitten[act.__name__]


@pytest.mark.parametrize(
    "after, bites",
    [([BEFORE, {HERE: 20, THERE: 20}], 1), ([{THERE: 20}, {HERE: 11}], 1), ([BEFORE], 0)],
    ids=["another's", "the next one's", "nobody's"],
)
def test_an_end_is_seen_by_a_lane_that_another_process_has(after: Any, bites: int) -> None:
    assert bites_of(end, Post(10), owners=looked_at(BEFORE, *after)) == bites


@pytest.mark.parametrize(
    "visitor, after, bites",
    [
        (Post(69, taken=False), {HERE: 10, THERE: 70}, 1),
        (Post(69, taken=False), {HERE: 20, THERE: 10}, 0),
        (Post(10), {HERE: 20, THERE: 20}, 1),
        (Post(10), {THERE: 20}, 0),
    ],
    ids=["comes", "comes in vain", "goes", "goes, and nobody follows"],
)
def test_a_guest_is_seen_by_a_lane_that_comes_or_goes_with_it(
    visitor: Post, after: dict[Lane, int], bites: int
) -> None:
    assert bites_of(guest, Post(20), guest=visitor, owners=looked_at(BEFORE, after)) == bites


@pytest.mark.parametrize("act", [apart, together])
@pytest.mark.parametrize("left, bites", [(Bite(0, 0), 0), (Bite(0, 3), 1), (Bite(1, 0), 1)])
def test_who_is_killed_for_others_is_seen_by_what_it_left(
    act: Callable[..., Any], left: Bite, bites: int
) -> None:
    async def bury(_post: Post) -> Bite:
        return left

    assert bites_of(act, Post(10), bury=bury) == bites


@pytest.mark.parametrize(
    "place, undone, bites",
    [("begun", 3, 1), ("begun", 0, 0), ("committed", 0, 1), ("acknowledged-of-accounts", 3, 0)],
)
def test_who_dies_with_something_under_way_has_left_some_of_what_its_lanes_do(
    place: str, undone: int, bites: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def alone(*_asked: Any) -> bool:
        return True

    async def bury(_post: Post) -> Bite:
        return Bite(1, 7)

    async def left_behind(_settings: Any, lanes: set[Lane], _died_ms: int) -> Bite:
        return Bite(0, undone if lanes == {HERE} else 0)

    monkeypatch.setattr(acts, "WAYS", {"alone": alone})
    monkeypatch.setattr(acts, "left_behind", left_behind)
    happened, post = Happened(), Post(10)
    fake: Any = SimpleNamespace(happened=happened, bury=bury, settings=None)
    asyncio.run(window(fake, cast("Any", post), Act("window", 0.1, 0, place)))
    assert happened.bitten[place] == bites


@pytest.mark.parametrize(
    "level, at, bites",
    [("error", LATER, 1), ("warning", LATER, 1), ("error", LONG_AGO, 0), ("info", LATER, 0)],
)
def test_a_power_cut_is_seen_by_trouble_that_a_worker_has_told_of_since(
    level: str, at: str, bites: int
) -> None:
    told = f'no JSON\n{{"event": "Unable to", "level": "{level}", "timestamp": "{at}"}}\n'.encode()
    post = Post(10)
    post.hands[0].log = SimpleNamespace(read_bytes=looked_at(b"", told))
    broker = SimpleNamespace(kill=lambda: None, restart=lambda: None)
    assert bites_of(power, post, posts=[post], broker=broker) == bites


class Gone(Hand):
    """A process that has ended, or is there still."""

    def __init__(self, folder: Path, status: int | None, *, planned: bool) -> None:
        self.log, self.reached = folder / "north-1.log", folder / "north-1.reached"
        self.process = cast(Any, SimpleNamespace(poll=lambda: status, kill=lambda: None))
        if planned:
            self.reached.touch()

    def kill(self) -> None:
        """Is gone already."""


@pytest.mark.parametrize(
    "status, planned, noted",
    [(1, False, 1), (137, False, 1), (1, True, 1), (137, True, 0), (0, False, 0), (None, False, 0)],
)
def test_whoever_ended_by_itself_is_noted(
    tmp_path: Path, status: int | None, planned: bool, noted: int
) -> None:
    post = crew.Post(Settings(), tmp_path, "north")
    post.hands = [Gone(tmp_path, status, planned=planned)]
    told = [f"north-1.log: exit status {status}"] * noted
    assert post.ended() == told
    post.kill()
    assert (post.hands, post.ended()) == ([], told)


def test_nobody_else_is_there_to_read_what_who_is_to_die_of_it_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happens: list[str] = []

    async def bury_all() -> None:
        happens.append("all are killed")

    async def sends(*_: Any) -> None:
        happens.append("it is sent")

    def hired(name: str) -> Any:
        def hire(*_: Any) -> list[Hand]:
            happens.append(f"{name} comes")
            return [Gone(tmp_path, 137, planned=True)]

        return SimpleNamespace(parts=(), hire=hire)

    monkeypatch.setattr(ways, "produce_history", sends)
    north, south = hired("north"), hired("south")
    campaign = SimpleNamespace(posts=(north, south), bury_all=bury_all, settings=Settings())
    way = ways.WAYS["buried"]
    assert asyncio.run(cast(Any, way(cast(Any, campaign), north, "relayed=kill@1")))
    assert happens == ["all are killed", "it is sent", "north comes", "south comes"]
