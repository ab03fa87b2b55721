"""A lane of lifecycle, as far as its processor sees it: a table, and the transactions that change it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from schemas import spine
from schemas.spine import CameFrom, FormSubmitted, PolicyInForce
from worker.lane.origins import Origins
from worker.lane.processor import Record
from worker.lane.stage import LaneStage
from worker.lifecycle.language.plan import Policy
from worker.stream.lifecycle import POLICY_KEY, Lifecycle, State

LANE = 2
NOON = 1_760_000_000_000


class Counted:
    """A tally that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def decided(self, verdict: str) -> None:
        self.heard.append(verdict)

    def relayed(self, unknown_fields: int) -> None: ...

    def dead_letter(self, code: str) -> None: ...

    def ignored(self, reason: str) -> None: ...

    def published(self, kind: str, value: Mapping[str, Any]) -> None: ...

    def related(self, happened: str, told: int) -> None: ...


def announcement(value: bytes) -> PolicyInForce:
    message = spine.decode(value)
    assert isinstance(message, PolicyInForce)
    return message


class Bench:
    """A lane's table, and the transactions that change it."""

    def __init__(self, policy: Policy) -> None:
        self.table: dict[bytes, bytes] = {}
        self.origins = Origins()
        self.tally = Counted()
        self.open(policy)

    def open(self, policy: Policy) -> list[PolicyInForce]:
        """Returns what a lane announces when it opens."""
        self.lifecycle = Lifecycle("test", {"leads.account-log.v1": 5}, policy, self.tally)
        stage = self.stage()
        told = self.lifecycle.on_open(stage)
        self.keep(stage)
        return [announcement(value) for _, value in told]

    def succession(self) -> list[PolicyInForce]:
        """Returns what it would announce if the group agreed."""
        found = self.lifecycle.succession(self.stage())
        return [] if found is None else [announcement(found.message[1])]

    def stage(self) -> LaneStage[State]:
        return LaneStage(self.lifecycle, LANE, self.table, self.origins)

    def fold(self, *messages: spine.SpineMessage, arrived_at: int = 0) -> LaneStage[State]:
        stage = self.stage()
        for message in messages:
            key = None if isinstance(message, PolicyInForce) else b"lead-1"
            self.lifecycle.fold(
                Record("leads.activity.v1", LANE, 0, arrived_at, key, spine.encode(message)), stage
            )
        self.keep(stage)
        return stage

    def keep(self, stage: LaneStage[State]) -> None:
        for key, value in stage.changes().items():
            assert value is not None
            self.table[key] = value
        self.origins.apply(stage.origins_seen)

    def in_force(self) -> PolicyInForce:
        held = self.stage().read(POLICY_KEY)
        assert isinstance(held, PolicyInForce)
        return held


def form(number: int) -> FormSubmitted:
    return FormSubmitted(
        event_id=f"e{number}",
        source="site",
        at=NOON + number,
        content=number,
        form_id="white_paper",
        came_from=CameFrom("leads.form-submission.v1", 0, number, 0),
    )


def versions(stage: LaneStage[State]) -> list[str]:
    return [
        orjson.loads(value or b"")["policy"]["version"]
        for batch in stage.outcomes.values()
        for _, value, _ in batch
    ]
