"""What one transaction sees and leaves: states, records to be sent, origins; dropped whole if the transaction fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from worker.lane.log import Message
from worker.lane.origins import Origins
from worker.lane.processor import Headers, Processor, TopicPartition, size_of_parts

S = TypeVar("S")


class StatelessRelay(TypeError):
    """A relay tried to keep a state."""


class LaneStage(Generic[S]):
    """The stage of one transaction of one lane."""

    def __init__(
        self,
        processor: Processor[S],
        partition: int,
        table: Mapping[bytes, bytes],
        origins: Origins,
    ) -> None:
        self.partition = partition
        self.outcomes: dict[TopicPartition, list[Message]] = {}
        self.outcome_bytes = 0
        self.repeats = 0
        self.origins_seen: dict[tuple[str, int], tuple[int, int]] = {}
        self._processor = processor
        self._table = table
        self._origins = origins
        self._states: dict[bytes, S | None] = {}
        self._written: dict[bytes, None] = {}

    def read(self, key: bytes) -> S | None:
        """Returns the state of `key` as this transaction left it, else as the last one did."""
        states = self._states
        if key in states:
            return states[key]
        value = self._table.get(key)
        state = states[key] = None if value is None else self._processor.decode(value)
        return state

    def write(self, key: bytes, state: S) -> None:
        """Makes `state` the state of `key`."""
        self._keep(key, state)

    def erase(self, key: bytes) -> None:
        """Forgets the state of `key`."""
        self._keep(key, None)

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Headers = (),
        partition: int | None = None,
    ) -> None:
        """Writes a record to `partition` of `topic`; None is the lane's own partition."""
        number = self.partition if partition is None else partition
        batch = self.outcomes.get((topic, number))  # type: ignore[call-overload]  # an equal tuple, made faster
        if batch is None:
            batch = self.outcomes[TopicPartition(topic, number)] = []
        batch.append((key, value, headers))
        self.outcome_bytes += size_of_parts(key, value, headers)

    @property
    def outcome_count(self) -> int:
        """How many records are to be sent."""
        return sum(map(len, self.outcomes.values()))

    def first_time(self, origin: tuple[str, int, int, int]) -> bool:
        """Returns whether this origin is newer than any applied of its topic and partition, and remembers it."""
        topic, partition, offset, item = origin
        source, place = (topic, partition), (offset, item)
        last = self.origins_seen.get(source) or self._origins.last(source)
        if last is not None and place <= last:
            self.repeats += 1
            return False
        self.origins_seen[source] = place
        return True

    def changes(self) -> dict[bytes, bytes | None]:
        """Returns the changelog values of the states written, encoded; None for those erased."""
        encode, states = self._processor.encode, self._states
        changed: dict[bytes, bytes | None] = {}
        for key in self._written:
            state = states[key]
            changed[key] = None if state is None else encode(state)
        return changed

    def _keep(self, key: bytes, state: S | None) -> None:
        if not self._processor.transactional:
            raise StatelessRelay(self._processor.name)
        self._states[key] = state
        self._written[key] = None
