"""Accounts on a log in memory: each lead is told once and in order, whoever dies in the middle of a telling."""

from __future__ import annotations

import asyncio
import random

import pytest

from schemas import account_log
from schemas.account_log import TurnCame
from tests.stream.harness import until
from tests.stream.towns import Process, Town
from worker.accounts.records import Kept
from worker.lane.processor import Record, Stage
from worker.stream.accounts import Accounts

HAPPENS = 120


def town_of(seed: int) -> Town:
    town = Town(random.Random(seed))
    town.happens(HAPPENS)
    return town


async def right_in_the_end(town: Town, seconds: float = 10.0) -> list[str]:
    """Lets a process that lives do what is left, and returns what is wrong then."""
    process = Process(town)
    await process.start()
    try:
        await until(lambda: not town.wrong(), "nothing wrong", seconds)
    except TimeoutError:
        return town.wrong()
    finally:
        await process.stop()
    return []


async def requests_of_a_whole_life() -> int:
    town = town_of(1)
    process = Process(town)
    await process.start()
    await until(lambda: not town.wrong(), "nothing wrong")
    await process.stop()
    return process.requests


@pytest.mark.parametrize("tenth", range(10))
async def test_a_crash_at_every_request_tells_everybody_once(tenth: int) -> None:
    steps = await requests_of_a_whole_life()
    assert steps > 100
    for step in range(1 + tenth, steps, 10):
        town = town_of(1)
        first = Process(town, dies_at=step)
        await first.start()
        await until(lambda: first.dead.is_set() or not town.wrong(), f"death at {step}")  # noqa: B023  asked at once
        await first.die()
        assert await right_in_the_end(town) == [], f"death at request {step}"


async def lived(seed: int, process: type[Process] = Process, seconds: float = 10.0) -> list[str]:
    """Lives one life of crashes, joins and zombies to its end, and returns what is wrong then."""
    dice = random.Random(seed)
    town = Town(random.Random(seed))
    alive, frozen = [process(town), process(town)], list[Process]()
    for one in alive:
        await one.start()
    for _ in range(12):
        town.happens(dice.randrange(30))
        await asyncio.sleep(dice.random() * 0.02)
        act = dice.choice(("kill", "stop", "join", "freeze", "thaw", "compact"))
        if act == "compact":
            town.compact()
        elif act == "thaw" and frozen:
            alive.append(frozen.pop())
            await alive[-1].thaw()
        elif act == "join" or not alive:
            alive.append(process(town, dies_at=dice.choice([None, dice.randrange(1, 200)])))
            await alive[-1].start()
        elif act == "freeze":
            frozen.append(alive.pop())
            await frozen[-1].freeze_out()
        elif act in {"kill", "stop"}:
            one = alive.pop(dice.randrange(len(alive)))
            await (one.die() if act == "kill" else one.stop())
    for one in alive + frozen:
        await one.die()
    last = process(town)
    await last.start()
    try:
        await until(lambda: not town.wrong(), "nothing wrong", seconds)
    except TimeoutError:
        return town.wrong()
    finally:
        await last.stop()
    return []


@pytest.mark.parametrize("seed", range(20))
async def test_a_life_of_crashes_joins_and_zombies_tells_everybody_once(seed: int) -> None:
    assert await lived(seed) == []


class Forgetful(Accounts):
    """Believes every word of intake, repeats too."""

    def fold(self, record: Record, stage: Stage[Kept]) -> None:
        class Trusting:
            """The stage, which has never seen anything before."""

            def __getattr__(self, name: str) -> object:
                return getattr(stage, name)

            def first_time(self, _origin: tuple[str, int, int, int]) -> bool:
                return True

        super().fold(record, Trusting())  # type: ignore[arg-type]  # all of a stage but its memory


class Impatient(Accounts):
    """Takes each turn twice."""

    def fold(self, record: Record, stage: Stage[Kept]) -> None:
        super().fold(record, stage)
        if isinstance(account_log.decode(record.value or b""), TurnCame):
            super().fold(record, stage)


@pytest.mark.parametrize("mutant", [Forgetful, Impatient])
async def test_the_oracle_finds_a_defect(mutant: type[Accounts]) -> None:
    class Broken(Process):
        accounts = mutant

    for seed in range(20):  # a busy machine gets through less of a life
        if await lived(seed, Broken, seconds=0.5):
            return
    pytest.fail("twenty lives have not shown it")
