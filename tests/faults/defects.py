"""Parts of a worker with one defect each, for the proof on a real broker and for the simulation alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

import orjson

from schemas.spine import PolicyInForce
from topics.catalogue import OUTCOMES
from worker.lane.committer import Relay, Took, Transactions
from worker.lane.deadlines import Deadlines
from worker.lane.log import Message
from worker.lane.processor import Headers, Record, Stage, TopicPartition
from worker.lifecycle.language.plan import Policy
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


class Forgetful(Deadlines):
    """Knows the deadlines it has heard of itself, and none that it recovers."""

    def build(self) -> None:
        return
