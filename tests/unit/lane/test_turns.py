"""Tickets to write: few at a time, and nobody keeps one for long."""

from __future__ import annotations

import asyncio

from worker.lane.turns import Turns


async def test_those_without_a_ticket_wait() -> None:
    turns, inside = Turns(asyncio.Semaphore(1), 60.0), 0

    async def write() -> None:
        nonlocal inside
        async with turns.turn():
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(write() for _ in range(5)))


async def test_a_slow_one_gives_its_ticket_back_once() -> None:
    tickets = asyncio.Semaphore(1)
    turns, ended = Turns(tickets, 0.001), asyncio.Event()

    async def hang() -> None:
        async with turns.turn():
            await ended.wait()

    slow = asyncio.create_task(hang())
    await asyncio.sleep(0)
    async with asyncio.timeout(1), turns.turn():
        ended.set()
    await slow
    assert not tickets.locked()
    await tickets.acquire()
    assert tickets.locked()
