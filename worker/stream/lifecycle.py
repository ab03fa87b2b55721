"""Lifecycle on a lane: reads the spine, keeps the leads, publishes what `decide` says.

The policy in force is part of the log. A lane that opens under a policy other than the one its changelog names writes
PolicyInForce onto its partition of the spine and goes on under the old one until it reads that message. A lane that
never decided anything announces its policy too, and decides under it from its first message on. A policy without a
place for leads that the one in force has classified is refused before anything is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import msgspec

from schemas import account_log, spine
from schemas.envelope import Envelope
from schemas.spine import DeadlineReached, PolicyInForce
from topics.catalogue import ACCOUNT_LOG, OUTCOMES, SPINE, kind_of, lifecycle_changelog
from worker.lane.errors import ProcessorRefuses
from worker.lane.processor import NEVER, Record, Stage, with_due
from worker.lifecycle.compiler import reopened
from worker.lifecycle.moving import statuses_without_a_home
from worker.lifecycle.plan import Policy
from worker.lifecycle.receive import Received, receive
from worker.lifecycle.record import FORMAT, Lead, decode_lead, encode_lead
from worker.stream.partitioner import partition_of
from worker.stream.tally import Tally

POLICY_KEY = b"\x01policy"
"""Where the changelog keeps the policy in force; no lead's id begins with a control character."""
_POLICY_FORMAT = 0
"""The byte after the due time of that record; a lead's record has its format there, from 1 up."""

State = Lead | PolicyInForce
"""What the changelog holds: leads, and the policy in force."""


class Lifecycle:
    """The processor that decides; pure with respect to everything but its stage.

    `partitions` holds the partition count of the account-log.
    """

    name = "lifecycle"
    inputs = (SPINE.name,)
    transactional = True
    spine = SPINE.name
    format = FORMAT
    traces = tuple(topic.name for topic in OUTCOMES)

    def __init__(
        self, application_id: str, partitions: Mapping[str, int], policy: Policy, tally: Tally
    ) -> None:
        self.changelog = lifecycle_changelog(application_id).name
        self._source = ("ce_source", f"/lead-router/{application_id}".encode())
        self._account_logs = partitions[ACCOUNT_LOG.name]
        self._loaded = PolicyInForce(policy.digest, policy.text)
        self._policies = {policy.digest: policy}
        self._topics = {kind_of(topic.name): topic.name for topic in OUTCOMES}
        self._envelopes = {
            kind: Envelope(topic, application_id) for kind, topic in self._topics.items()
        }
        self._tally = tally

    def is_trace(self, record: Record) -> bool:
        """Returns whether an outcome is of this application."""
        return self._source in record.headers

    def on_open(self, stage: Stage[State]) -> Sequence[tuple[bytes | None, bytes]]:
        """Announces the loaded policy where it is not the one in force; ProcessorRefuses one that lacks a status."""
        held = stage.read(POLICY_KEY)
        if isinstance(held, PolicyInForce):
            if held.digest == self._loaded.digest:
                return ()
            loaded, in_force = self._policies[self._loaded.digest], self._opened(held)
            if lacking := statuses_without_a_home(in_force, loaded):
                raise ProcessorRefuses(
                    f"policy {loaded.name} {loaded.version} has no place for leads in {', '.join(lacking)}, where the"
                    f" policy in force ({in_force.name} {in_force.version}) may have them: name them under [moved]"
                )
        return ((None, spine.encode(self._loaded)),)

    def fold(self, record: Record, stage: Stage[State]) -> None:
        """Applies one message of the spine; repeats of intake are dropped by origin."""
        message = spine.decode(record.value or b"")
        if type(message) is PolicyInForce:
            stage.write(POLICY_KEY, message)
            return
        if type(message) is not DeadlineReached and message.came_from is not None:
            origin = message.came_from
            if not stage.first_time((origin.topic, origin.partition, origin.offset, origin.item)):
                return
        self._receive(record.key or b"", message, record.timestamp_ms, stage)

    def _receive(self, key: bytes, message: Received, arrived_at: int, stage: Stage[State]) -> None:
        """Decides what has come for a lead, keeps the lead, and publishes what follows."""
        before = cast("Lead | None", stage.read(key))
        policy = self._policy_in_force(stage)
        decision = receive(policy, before, key.decode(), message, arrived_at=arrived_at)
        if decision.lead is not None and decision.lead is not before:
            stage.write(key, decision.lead)
        for outcome in decision.outcomes:
            topic = self._topics[outcome.type]
            headers = self._envelopes[outcome.type].headers(outcome.value)
            stage.send(topic, key, outcome.encoded(), headers)
            self._tally.published(outcome.type, outcome.value)
        for membership in decision.memberships:
            account = membership.account_id.encode()
            partition = partition_of(account, self._account_logs)
            told = account_log.encode(membership)
            stage.send(ACCOUNT_LOG.name, account, told, partition=partition)
        self._tally.decided(decision.verdict)
        for verdict in decision.released:
            self._tally.decided(verdict)

    def _policy_in_force(self, stage: Stage[State]) -> Policy:
        """Returns the policy that the changelog names; where it names none, the loaded one is in force from now on."""
        held = stage.read(POLICY_KEY)
        if not isinstance(held, PolicyInForce):
            held = self._loaded
            stage.write(POLICY_KEY, held)
        return self._opened(held)

    def _opened(self, held: PolicyInForce) -> Policy:
        """Returns a policy that the spine or the changelog names, ready to decide."""
        policy = self._policies.get(held.digest)
        if policy is None:
            policy = self._policies[held.digest] = reopened(held.text)
        return policy

    def deadline(self, due_ms: int) -> bytes:
        """Returns the spine's word for a due time that has passed."""
        return spine.encode(DeadlineReached(due_ms))

    def encode(self, state: State) -> bytes:
        """Returns the changelog value of a lead, or of the policy in force."""
        if type(state) is PolicyInForce:
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
