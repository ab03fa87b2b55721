"""Who may write now: a few lanes at a time, and none of them for long.

Each partition is an island: a lane whose partition has no leader waits for its broker with its ticket given back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """Tickets shared by the lanes of a process."""

    def __init__(self, tickets: asyncio.Semaphore, seconds: float) -> None:
        self._tickets = tickets
        self._seconds = seconds

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits for a ticket, and gives it back at the end or after the time a healthy round takes at most."""
        await self._tickets.acquire()
        ticket = Ticket(self._tickets)
        alarm = asyncio.get_running_loop().call_later(self._seconds, ticket.give_back)
        try:
            yield
        finally:
            alarm.cancel()
            ticket.give_back()


class Ticket:
    """A ticket, given back once."""

    def __init__(self, tickets: asyncio.Semaphore) -> None:
        self._tickets: asyncio.Semaphore | None = tickets

    def give_back(self) -> None:
        """Gives the ticket back if it was not."""
        tickets, self._tickets = self._tickets, None
        if tickets is not None:
            tickets.release()
