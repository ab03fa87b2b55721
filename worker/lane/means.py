"""What all lanes of an engine use."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from worker.lane.clock import Clock
from worker.lane.errors import LaneError
from worker.lane.limits import Limits
from worker.lane.log import Log, Source
from worker.lane.processor import Processor
from worker.lane.spine_writer import SpineWriter
from worker.lane.turns import Turns
from worker.lane.watch import Watch

S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Means(Generic[S]):
    """The processor, the world around it, and the tickets that keep lanes from crowding it."""

    processor: Processor[S]
    group: str
    log: Log
    source: Source
    limits: Limits
    watch: Watch
    clock: Clock
    spine: SpineWriter
    opens: asyncio.Semaphore
    turns: Turns
    partitions: Callable[[], int]
    """Returns how many lanes there may be: the partitions of the changelog."""
    ids: Callable[[], Mapping[str, str]]
    """Returns the ids of the inputs, as they were when the group was joined."""
    give_up: Callable[[LaneError], None]
