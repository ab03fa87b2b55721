"""Parts of a worker with one defect each, for the proof on a real broker and for the simulation alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

import orjson

from schemas.spine import PolicyInForce
from topics.catalogue import ACCOUNT_ACTIVITY, OUTCOMES, SPINE
from worker.intake.items import DeadLetter, Item
from worker.lane.committer import Relay, Took, Transactions
from worker.lane.deadlines import Deadlines
from worker.lane.log import Message
from worker.lane.processor import Headers, Record, Stage, TopicPartition
from worker.lifecycle.language.plan import Policy
from worker.stream.accounts import Accounts
from worker.stream.intake import Intake
from worker.stream.lifecycle import Lifecycle

Outcomes = Mapping[TopicPartition, Sequence[Message]]
PUBLISHED = {topic.name for topic in OUTCOMES}
HICCUP_EVERY = 50


class Altered:
    """A stage of which a mutant changes something."""

    def __init__(self, stage: Stage[Any]) -> None:
        self._stage = stage

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stage, name)


class Credulous(Altered):
    """Takes every repeat for new."""

    def first_time(self, origin: tuple[str, int, int, int]) -> bool:
        return True


class Rolling(Altered):
    """Gives each outcome an id by chance."""

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Headers = (),
        partition: int | None = None,
    ) -> None:
        if topic in PUBLISHED:
            value = orjson.dumps({**orjson.loads(value or b""), "event_id": uuid4().hex})
        self._stage.send(topic, key, value, headers, partition)


class WithoutOrigins(Lifecycle):
    """Drops no repeat of intake."""

    def fold(self, record: Record, stage: Stage[Any]) -> None:
        super().fold(record, Credulous(stage))


class WithDice(Lifecycle):
    """Publishes other ids each time."""

    def fold(self, record: Record, stage: Stage[Any]) -> None:
        super().fold(record, Rolling(stage))


class Swallowing(Lifecycle):
    """Breaks on some records, and takes them for done."""

    def fold(self, record: Record, stage: Stage[Any]) -> None:
        with suppress(ZeroDivisionError):
            _ = 1 / (record.offset % HICCUP_EVERY)
            super().fold(record, stage)


class Hurried(Lifecycle):
    """Decides under the policy it was started with, whatever the log says."""

    def _policy_in_force(self, stage: Stage[Lifecycle | PolicyInForce]) -> Policy:  # type: ignore[override]
        return self._policies[self._loaded.digest]


class Bare(Altered):
    """Publishes without an envelope."""

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Headers = (),
        partition: int | None = None,
    ) -> None:
        self._stage.send(topic, key, value, () if topic in PUBLISHED else headers, partition)


class WithoutEnvelope(Lifecycle):
    """Says of no outcome what it is."""

    def fold(self, record: Record, stage: Stage[Any]) -> None:
        super().fold(record, Bare(stage))


class Confusing(Intake):
    """Takes some leads for others."""

    def _send(self, stage: Stage[None], topic: str, key: str, message: Any) -> None:
        origin = message.came_from
        mistaken = origin is not None and origin.offset % HICCUP_EVERY == 1
        super()._send(stage, topic, f"not {key}" if mistaken else key, message)


class Burying(Intake):
    """Cannot read some of what is sound."""

    def _items(self, record: Record) -> Sequence[Item]:
        items = super()._items(record)
        if record.offset % HICCUP_EVERY != 1:
            return items
        return [DeadLetter("json.invalid", "the value is not JSON", one.item) for one in items]


class Astray(Altered):
    """Puts what is relayed onto the next partition."""

    def __init__(self, stage: Stage[Any], partitions: int) -> None:
        super().__init__(stage)
        self._partitions = partitions

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Headers = (),
        partition: int | None = None,
    ) -> None:
        if topic == SPINE.name and partition is not None:
            partition = (partition + 1) % self._partitions
        self._stage.send(topic, key, value, headers, partition)


class Straying(Intake):
    """Relays some records to another partition than their lead's."""

    def fold(self, record: Record, stage: Stage[None]) -> None:
        strays = record.offset % HICCUP_EVERY == 1
        super().fold(record, Astray(stage, self._partitions[SPINE.name]) if strays else stage)


class Stammering(Altered):
    """Says to leads everything twice."""

    def send(self, topic: str, *more: Any) -> None:
        for _ in range(1 + (topic == ACCOUNT_ACTIVITY.name)):
            self._stage.send(topic, *more)


class TellingTwice(Accounts):
    """Tells each lead of a turn twice."""

    def fold(self, record: Record, stage: Stage[Any]) -> None:
        super().fold(record, Stammering(stage))


class PositionFirst(Relay):
    """Says how far it has come, and sends what came on the way there behind it."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._held: dict[TopicPartition, list[Message]] = {}

    async def commit(self, state: Sequence[Message], outcomes: Outcomes) -> Took:
        for place, messages in outcomes.items():
            self._held.setdefault(place, []).extend(messages)
        if not state:
            return Took(0.0, 0.0)
        held, self._held = self._held, {}
        await super().commit(state, {})
        return await super().commit([], held)


class Deaf(Transactions):
    """Takes for done what failed."""

    async def commit(self, state: Sequence[Message], outcomes: Outcomes) -> Took:
        try:
            return await super().commit(state, outcomes)
        except Exception:  # noqa: BLE001 - that is the defect
            return Took(0.0, 0.0)


class Trusting(Transactions):
    """Takes what it was told for the end of its changelog, wherever what it writes comes."""

    def follow(self, end: int) -> None:
        super().follow(end)
        self._has_written = True


class Forgetful(Deadlines):
    """Knows the deadlines it has heard of itself, and none that it recovers."""

    def build(self) -> None:
        return
