"""Intake on a lane: a relay from the input topics to the spine, the account-log and the dead letters.

What accounts have to say to their leads passes through here too, because intake alone writes onto every partition of
the spine. It keeps nothing but its positions and may repeat itself after a crash; each message says where it came from,
so that its reader knows a repeat. The spine's partition is that of Kafka's own partitioner for the lead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from schemas.spine import AccountAnswered, AccountUpdated, Activity, CameFrom, decode, encode
from topics.catalogue import (
    ACCOUNT_ACTIVITY,
    ACCOUNT_LOG,
    DEAD_LETTER,
    RELAYED,
    SPINE,
    intake_positions,
    kind_of,
)
from worker.intake.admit import Door
from worker.intake.items import AccountHeard, Admitted, DeadLetter, Ignored, Item
from worker.lane.processor import Record, Stage
from worker.stream.burial import dead_letters_of
from worker.stream.partitioner import partition_of
from worker.stream.tally import Tally


class Intake:
    """The processor that relays; `partitions` holds the partition counts of the topics it writes to."""

    name = "intake"
    inputs = tuple(topic.name for topic in RELAYED)
    transactional = False
    spine = None
    policy = ""
    format = 0
    traces = ()

    def __init__(
        self, application_id: str, partitions: Mapping[str, int], door: Door, tally: Tally
    ) -> None:
        self.changelog = intake_positions(application_id).name
        self._partitions = partitions
        self._door = door
        self._tally = tally
        self._kinds = {topic: kind_of(topic) for topic in self.inputs}

    def is_trace(self, record: Record) -> bool:  # noqa: ARG002  the seam's
        """Returns that nothing is: what it repeats is dropped by its readers."""
        return False

    def on_open(self, stage: Stage[None]) -> Sequence[tuple[bytes | None, bytes]]:  # noqa: ARG002  the seam's
        """Says nothing: a relay has nothing to announce."""
        return ()

    def succession(self, stage: Stage[None]) -> None:
        """Succeeds nothing: it has no policy."""

    def fold(self, record: Record, stage: Stage[None]) -> None:
        """Relays each item of a record to where it belongs."""
        if record.topic == ACCOUNT_ACTIVITY.name:
            self._pass_on(record, stage)
            return
        unreadable: list[DeadLetter] = []
        for item in self._items(record):
            came_from = CameFrom(record.topic, record.partition, record.offset, item.item)
            match item:
                case Admitted():
                    message = msgspec.structs.replace(item.activity, came_from=came_from)
                    self._send(stage, SPINE.name, item.lead_id, message)
                    self._tally.relayed(item.unknown)
                case AccountHeard():
                    update = msgspec.structs.replace(item.update, came_from=came_from)
                    self._send(stage, ACCOUNT_LOG.name, item.account_id, update)
                    self._tally.relayed(item.unknown)
                case DeadLetter():
                    unreadable.append(item)
                case Ignored():
                    self._tally.ignored(item.reason)
        if unreadable:
            self._bury(stage, record, unreadable)

    def _items(self, record: Record) -> Sequence[Item]:
        """Returns a record's items; one that breaks the door itself is a dead letter too, and harms nobody else."""
        try:
            return self._door.admit(
                self._kinds[record.topic], record.value, record.headers, record.timestamp_ms
            )
        except Exception as error:  # noqa: BLE001  whatever the door did not foresee
            return [DeadLetter("internal.error", f"intake failed with {type(error).__name__}")]

    def _pass_on(self, record: Record, stage: Stage[None]) -> None:
        """Relays what an account has to say to a lead of it."""
        message = decode(record.value or b"")
        if isinstance(message, AccountUpdated | AccountAnswered):
            came_from = CameFrom(record.topic, record.partition, record.offset, 0)
            message = msgspec.structs.replace(message, came_from=came_from)
            self._send(stage, SPINE.name, (record.key or b"").decode(), message)
            self._tally.relayed(0)

    def _send(
        self, stage: Stage[None], topic: str, key: str, message: Activity | AccountAnswered
    ) -> None:
        """Sends a message to the partition of its key."""
        encoded = key.encode()
        partition = partition_of(encoded, self._partitions[topic])
        stage.send(topic, encoded, encode(message), partition=partition)

    def _bury(self, stage: Stage[None], record: Record, items: Sequence[DeadLetter]) -> None:
        """Sends the dead letters of a record."""
        partition = record.partition % self._partitions[DEAD_LETTER.name]
        for item, (key, value, headers) in zip(items, dead_letters_of(record, items), strict=True):
            self._tally.dead_letter(item.code)
            stage.send(DEAD_LETTER.name, key, value, headers, partition=partition)

    def deadline(self, due_ms: int) -> bytes:
        """Fail: a relay has no deadlines."""
        raise NotImplementedError(due_ms)

    def encode(self, state: Any) -> bytes:  # noqa: ANN401  there is none
        """Fail: a relay has no state."""
        raise NotImplementedError(state)

    def decode(self, value: bytes) -> None:
        """Fail: a relay has no state."""
        raise NotImplementedError(value)
