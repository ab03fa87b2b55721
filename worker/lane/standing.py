"""Where the lanes of an engine stand, in numbers and in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from worker.lane.consent import Successor
from worker.lane.lane import Lane
from worker.lane.log import Source
from worker.lane.processor import TopicPartition
from worker.lane.watch import LaneState

S = TypeVar("S")


class Lag(NamedTuple):
    """How far behind a lane is in one input."""

    topic: str
    partition: int
    messages: int
    seconds: float
    """Age of the last record applied since the lane opened, 0 if nothing is left to read."""


def by_lane(
    places: Collection[TopicPartition], topics: Sequence[str]
) -> dict[int, tuple[TopicPartition, ...]]:
    """Returns the inputs of each lane, in the order of their topics."""
    numbers = {place.partition for place in places}
    ordered = sorted(places, key=lambda place: topics.index(place.topic))
    return {
        number: tuple(place for place in ordered if place.partition == number)
        for number in sorted(numbers)
    }


def lags_of(lanes: Iterable[Lane[S]], source: Source, now_ms: int) -> list[Lag]:
    """Returns how far behind each open lane is, by input."""
    lags = []
    for lane in lanes:
        last = lane.last_applied_ms
        for place, position in lane.positions.items():
            messages = max(0, (source.known_end(place) or position) - position)
            seconds = (now_ms - last) / 1000 if messages and last is not None else 0.0
            lags.append(Lag(place.topic, place.partition, messages, seconds))
    return lags


def positions_in(lanes: Iterable[Lane[S]]) -> dict[TopicPartition, int]:
    """Returns how far lanes have come."""
    return {place: position for lane in lanes for place, position in lane.positions.items()}


def inputs_of(
    lanes: Collection[Lane[S]],
) -> tuple[dict[TopicPartition, int], dict[TopicPartition, int], set[TopicPartition]]:
    """Returns how far lanes have come, how far in inputs that nobody was dealt, and inputs with records queued."""
    absent = {place: position for lane in lanes for place, position in lane.absent.items()}
    queued = {place for lane in lanes for place in lane.queued}
    return positions_in(lanes), absent, queued


def successors_of(lanes: Iterable[Lane[S]]) -> list[Successor[S]]:
    """Returns what those lanes that work say of their policy."""
    return [working.successor for lane in lanes if (working := lane.working) is not None]


def not_ready(name: str, lanes: Mapping[int, Lane[S]]) -> list[str]:
    """Returns a sentence for each lane that is not ready."""
    return [
        f"{name} lane {number} is {lane.state}"
        + (f" after {lane.last_error}" if lane.last_error else "")
        for number, lane in sorted(lanes.items())
        if lane.state is not LaneState.READY
    ]
