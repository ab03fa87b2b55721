"""A sender that can be dropped as it is: the library's, which waits for what it has under way, however long that takes.

Told to end while a request is under way, it waits for that, and what has failed by then for metadata, of a client that
nobody answers any more: tasks that nobody ends, with all that they were to send. One that was connecting goes on, and
sends it.
"""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka.producer import producer
from aiokafka.producer.sender import Sender


class OwnSender(Sender):  # type: ignore[misc] # untyped library
    """The library's, which knows what it has under way."""

    def __init__(self, *what: Any, **how: Any) -> None:  # noqa: ANN401 - the library's
        super().__init__(*what, **how)
        self._under_way: set[asyncio.Task[Any]] = set()
        self._dropped = False

    async def drop(self, seconds: float) -> None:
        """Ends it within a time, and whatever it has under way, wherever that has come."""
        self._dropped = True
        tasks = {*self._under_way, self._sender_task} - {None}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)

    async def _send_produce_req(self, *what: Any) -> Any:  # noqa: ANN401 - the library's
        if self._dropped:
            return None
        if (task := asyncio.current_task()) is not None:
            self._keep(task)
        return await super()._send_produce_req(*what)

    def _maybe_do_transactional_request(self) -> Any:  # noqa: ANN401 - the library's
        if (task := super()._maybe_do_transactional_request()) is not None:
            self._keep(task)
        return task

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)


def send_droppably() -> None:
    """Has the producers that are made from now on send so that they can be dropped."""
    producer.Sender = OwnSender
