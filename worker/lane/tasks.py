"""Tasks of the record path: none of them ends without a word."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from worker.lane.errors import LaneError, NotForeseen, broke_at


def begun(
    work: Coroutine[Any, Any, None], name: str, give_up: Callable[[LaneError], None]
) -> asyncio.Task[None]:
    """Begins work in the background, and gives up with what is wrong should it end unasked."""

    def ended(task: asyncio.Task[None]) -> None:
        if (error := ended_unasked(task)) is not None:
            give_up(error)

    task = asyncio.create_task(work, name=name)
    task.add_done_callback(ended)
    return task


async def end(
    ending: Coroutine[Any, Any, None], seconds: float, told: Callable[[Exception], None]
) -> None:
    """Ends something within a time, whatever state it is in; what goes wrong is told, for nothing is lost with it."""
    try:
        async with asyncio.timeout(seconds):
            await ending
    except Exception as error:  # noqa: BLE001 - as above
        told(error)


def ended_unasked(task: asyncio.Task[Any]) -> LaneError | None:
    """Returns what is wrong with a task that has ended: it raised, or it was cancelled and nobody had told it to end.

    A library that awaits a task of its own which it has cancelled passes the cancellation on to whoever asked it.
    """
    if not task.cancelled():
        error = task.exception()
        if error is None or isinstance(error, LaneError):
            return error
        return NotForeseen(broke_at(error))
    if task.cancelling():
        return None
    return NotForeseen(f"{task.get_name()} was cancelled by what it waited for")
