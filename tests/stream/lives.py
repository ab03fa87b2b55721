"""What happens to the processes of a world: seeded lives of crashes, joins, zombies, time-outs and compaction."""

from __future__ import annotations

import asyncio
import random

from tests.stream.harness import Process, World, until, verdict

KEYS = ("anna", "bert", "cleo", "dora", "emil")
ACTS = ("kill", "join", "stop", "freeze", "thaw", "expire", "compact")


def feed(world: World, dice: random.Random, count: int) -> None:
    for _ in range(count):
        world.now_ms += 1
        world.produce(dice.choice(KEYS))


def feed_with_deadlines(world: World, dice: random.Random, count: int) -> None:
    for _ in range(count):
        world.now_ms += dice.randrange(20)
        lonely = dice.random() < 0.3
        key = f"lead {world.produced}" if lonely else dice.choice(KEYS)
        world.produce(key, wait=world.now_ms + dice.randrange(200))


def all_said(world: World, count: int) -> bool:
    return len({one for one in world.said() if isinstance(one, int)}) >= count


class Life:
    """One seeded life."""

    def __init__(self, world: World, dice: random.Random, process: type[Process]) -> None:
        self._world = world
        self._dice = dice
        self._process = process
        self._alive: list[Process] = []
        self._frozen: list[Process] = []

    async def run(self, acts: int) -> None:
        for _ in range(2):
            await self._join(None)
        for _ in range(acts):
            feed_with_deadlines(self._world, self._dice, self._dice.randrange(20))
            await asyncio.sleep(self._dice.random() * 0.02)
            await self._act(self._dice.choice(ACTS))
            if not self._alive:
                await self._join(None)
        for process in self._frozen + self._alive:
            await process.die()

    async def _act(self, act: str) -> None:
        dice, alive = self._dice, self._alive
        if act == "kill":
            await alive.pop(dice.randrange(len(alive))).die()
        elif act == "stop":
            await alive.pop(dice.randrange(len(alive))).stop()
        elif act == "join":
            await self._join(dice.choice([None, dice.randrange(300)]))
        elif act == "freeze":
            self._frozen.append(alive.pop(dice.randrange(len(alive))))
            await self._frozen[-1].freeze_out()
        elif act == "thaw" and self._frozen:
            alive.append(self._frozen.pop())
            await alive[-1].thaw()
        elif act == "expire" and self._world.cluster._ids:
            self._world.cluster.expire(dice.choice(sorted(self._world.cluster._ids)))
        elif act == "compact":
            self._world.compact()

    async def _join(self, dies_at: int | None) -> None:
        self._alive.append(self._process(self._world, dies_at=dies_at))
        await self._alive[-1].start()


async def death_at(
    step: int, world: World, process: type[Process] = Process, seconds: float = 10.0
) -> list[str]:
    """Kills a process at its request of that number, lets another one go on, and returns what the oracle finds then."""
    feed(world, random.Random(3), 40)
    first = process(world, dies_at=step)
    await first.start()
    try:
        await until(lambda: first.dead.is_set() or all_said(world, 40), "death", seconds)
        await first.die()
        second = process(world)
        await second.start()
        try:
            await until(lambda: all_said(world, 40), f"outcomes after a death at {step}", seconds)
        finally:
            await second.stop()
    except TimeoutError:
        return verdict(world) or [f"an outcome is missing after a death at request {step}"]
    return verdict(world)


async def requests_of_a_whole_life() -> int:
    """Returns how many requests a process makes that lives undisturbed."""
    world = World()
    feed(world, random.Random(3), 40)
    process = Process(world)
    await process.start()
    await until(lambda: all_said(world, 40), "all outcomes")
    await process.stop()
    return len(process.requests)


async def life(
    world: World, dice: random.Random, process: type[Process] = Process, seconds: float = 10.0
) -> list[str]:
    """Lives one life to its end, lets everything heal, and returns what the oracle finds wrong then."""
    await Life(world, dice, process).run(acts=12)
    last = process(world)
    await last.start()
    world.now_ms += 1_000
    try:
        await until(lambda: all_said(world, world.produced), "all outcomes", seconds)
        await until(lambda: not verdict(world), "nothing wrong", seconds)
    except TimeoutError:
        return verdict(world) or ["an outcome is missing"]
    finally:
        await last.stop()
    return []
