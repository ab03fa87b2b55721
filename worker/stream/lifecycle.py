"""Lifecycle on a lane: reads the spine, keeps the leads, publishes what `decide` says.

The policy in force is part of the log. A lane that opens under a policy other than the one its changelog names writes
PolicyInForce onto its partition of the spine and goes on under the old one until it reads that message. A lane that
never decided anything announces its policy too, and decides under it from its first message on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import msgspec

from schemas import spine
from schemas.envelope import written
from schemas.spine import Activity, DeadlineReached, PolicyInForce
from topics.catalogue import OUTCOMES, SPINE, kind_of, lifecycle_changelog
from worker.lane.processor import NEVER, Record, Stage, with_due
from worker.lifecycle.compiler import reopened
from worker.lifecycle.decide import Happened, decide
from worker.lifecycle.plan import Policy
from worker.lifecycle.record import Lead, decode_lead, encode_lead
from worker.stream.tally import Tally

POLICY_KEY = b"\x01policy"
"""Where the changelog keeps the policy in force; no lead's id begins with a control character."""
_POLICY_FORMAT = 0
"""The byte after the due time of that record; a lead's record has its format there, from 1 up."""

State = Lead | PolicyInForce
"""What the changelog holds: leads, and the policy in force."""


class Lifecycle:
    """The processor that decides; pure with respect to everything but its stage."""

    name = "lifecycle"
    inputs = (SPINE.name,)
    transactional = True
    spine = SPINE.name

    def __init__(self, application_id: str, policy: Policy, tally: Tally) -> None:
        self.changelog = lifecycle_changelog(application_id).name
        self._application_id = application_id
        self._loaded = PolicyInForce(policy.digest, policy.text)
        self._policies = {policy.digest: policy}
        self._topics = {kind_of(topic.name): topic.name for topic in OUTCOMES}
        self._tally = tally

    def on_open(self, stage: Stage[State]) -> Sequence[tuple[bytes | None, bytes]]:
        """Announces the loaded policy where the changelog names another, or none."""
        held = stage.read(POLICY_KEY)
        if isinstance(held, PolicyInForce) and held.digest == self._loaded.digest:
            return ()
        return ((None, spine.encode(self._loaded)),)

    def fold(self, record: Record, stage: Stage[State]) -> None:
        """Applies one message of the spine; repeats of intake are dropped by origin."""
        message = spine.decode(record.value or b"")
        if isinstance(message, PolicyInForce):
            stage.write(POLICY_KEY, message)
            return
        if isinstance(message, Activity) and message.came_from is not None:
            origin = message.came_from
            if not stage.first_time((origin.topic, origin.partition, origin.offset, origin.item)):
                return
        self._decide(record.key or b"", message, stage)

    def _decide(self, key: bytes, activity: Happened, stage: Stage[State]) -> None:
        """Decides one activity, keeps the lead, and publishes what comes of it."""
        before = cast("Lead | None", stage.read(key))
        decision = decide(self._policy_in_force(stage), before, key.decode(), activity)
        if decision.lead is not None and decision.lead is not before:
            stage.write(key, decision.lead)
        for outcome in decision.outcomes:
            topic = self._topics[outcome.type]
            headers = tuple(written(outcome.value, topic, self._application_id))
            stage.send(topic, key, outcome.encoded(), headers)
            self._tally.published(outcome.type, outcome.value)
        self._tally.decided(decision.verdict)

    def _policy_in_force(self, stage: Stage[State]) -> Policy:
        """Returns the policy that the changelog names; where it names none, the loaded one is in force from now on."""
        held = stage.read(POLICY_KEY)
        if not isinstance(held, PolicyInForce):
            held = self._loaded
            stage.write(POLICY_KEY, held)
        policy = self._policies.get(held.digest)
        if policy is None:
            policy = self._policies[held.digest] = reopened(held.text)
        return policy

    def deadline(self, due_ms: int) -> bytes:
        """Returns the spine's word for a due time that has passed."""
        return spine.encode(DeadlineReached(due_ms))

    def encode(self, state: State) -> bytes:
        """Returns the changelog value of a lead, or of the policy in force."""
        if isinstance(state, PolicyInForce):
            return with_due(NEVER, bytes((_POLICY_FORMAT,)) + msgspec.msgpack.encode(state))
        return encode_lead(state)

    def decode(self, value: bytes) -> State:
        """Returns what a changelog value holds."""
        return state_of(value)


def state_of(value: bytes) -> State:
    """Returns what a changelog value holds: a lead, or the policy in force."""
    if value[8] == _POLICY_FORMAT:
        return msgspec.msgpack.decode(memoryview(value)[9:], type=PolicyInForce)
    return decode_lead(value)
