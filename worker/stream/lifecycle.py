"""Lifecycle on a lane: reads the spine, keeps the leads, publishes what `decide` says.

The policy in force is part of the log. A lane that is loaded with a policy other than the one its changelog names goes
on under that one. Once all members of its group are loaded with its own (`worker/lane/consent.py`), it writes
PolicyInForce onto its partition of the spine, and decides under it from that message on. A policy without a place for
leads that the one in force has classified is refused before anything is read.

A lane that has no policy yet keeps the loaded one in its changelog before it announces it, and announces what it keeps
as long as it has not read that. So the first policy that the spine names is the one before it, too, whatever dies in
between: that is what those who tell the spine again rely upon.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import cast

import msgspec
from msgspec.structs import replace

from schemas import account_log, spine
from schemas.envelope import Envelope
from schemas.instant import EPOCH, rfc3339
from schemas.spine import DeadlineReached, PolicyInForce
from topics.catalogue import ACCOUNT_LOG, OUTCOMES, SPINE, kind_of, lifecycle_changelog
from worker.lane.errors import ChangelogDamaged, ProcessorRefuses, WrittenByNewer
from worker.lane.processor import DUE_BYTES, NEVER, Record, Stage, Succession, with_due
from worker.lifecycle.in_force import announced, proposed, succeeded
from worker.lifecycle.language.compiler import reopened
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.language.policy import PolicyError
from worker.lifecycle.moving import statuses_without_a_home
from worker.lifecycle.receive import Received, receive
from worker.lifecycle.record import (
    FORMAT,
    Lead,
    UnknownFormatError,
    UnreadableRecordError,
    decode_lead,
    encode_lead,
)
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
        self.policy = policy.digest
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
        """Announces the policy in force until it has been read; ProcessorRefuses a loaded one that lacks a status."""
        held = stage.read(POLICY_KEY)
        if not isinstance(held, PolicyInForce):
            held = replace(self._loaded, since_ms=0)
            stage.write(POLICY_KEY, held)
        elif held.digest != self.policy:
            loaded, in_force = self._policies[self.policy], self._opened(held)
            if lacking := statuses_without_a_home(in_force, loaded):
                raise ProcessorRefuses(
                    f"policy {loaded.name} {loaded.version} has no place for leads in {', '.join(lacking)}, where the"
                    f" policy in force ({in_force.name} {in_force.version}) may have them: name them under [moved]"
                )
        return ((None, spine.encode(announced(held))),) if held.since_ms == 0 else ()

    def succession(self, stage: Stage[State]) -> Succession | None:
        """Returns the announcement of the loaded policy, where another one is in force."""
        held = stage.read(POLICY_KEY)
        if not isinstance(held, PolicyInForce) or held.digest == self.policy:
            return None
        named, since = self._opened(held), ""
        if held.since_ms:
            since = f" since {rfc3339(EPOCH + timedelta(milliseconds=held.since_ms))}"
        over = f"{held.digest} ({named.name} {named.version}), in force{since}"
        return Succession(over, (None, spine.encode(proposed(self._loaded, held))))

    def fold(self, record: Record, stage: Stage[State]) -> None:
        """Applies one message of the spine; repeats of intake are dropped by origin."""
        message = spine.decode(record.value or b"")
        if type(message) is PolicyInForce:
            self._take_over(message, record.timestamp_ms, stage)
            return
        if type(message) is not DeadlineReached and message.came_from is not None:
            origin = message.came_from
            if not stage.first_time((origin.topic, origin.partition, origin.offset, origin.item)):
                return
        self._receive(record.key or b"", message, record.timestamp_ms, stage)

    def _take_over(self, named: PolicyInForce, came_ms: int, stage: Stage[State]) -> None:
        """Keeps a policy that the spine names, if it comes into force by that.

        WrittenByNewer, with nothing kept, where this version does not know its words.
        """
        held = cast("PolicyInForce | None", stage.read(POLICY_KEY))
        now = succeeded(held, named, came_ms)
        if now is not held:
            self._opened(now)
            stage.write(POLICY_KEY, now)

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
        """Returns the policy that the changelog names, as it has since the lane opened for the first time."""
        return self._opened(cast("PolicyInForce", stage.read(POLICY_KEY)))

    def _opened(self, held: PolicyInForce) -> Policy:
        """Returns a policy that the spine or the changelog names, ready to decide; WrittenByNewer if it cannot be."""
        policy = self._policies.get(held.digest)
        if policy is None:
            try:
                policy = self._policies[held.digest] = reopened(held.text)
            except (PolicyError, ValueError) as error:
                raise WrittenByNewer(
                    f"the policy in force, {held.digest}, says what this version does not know: run the newer one again"
                ) from error
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
    """Returns what a changelog value holds: a lead, or the policy in force.

    ChangelogDamaged where nobody can have written it, WrittenByNewer where a newer version has.
    """
    try:
        if value[DUE_BYTES : DUE_BYTES + 1] == bytes((_POLICY_FORMAT,)):
            return msgspec.msgpack.decode(memoryview(value)[DUE_BYTES + 1 :], type=PolicyInForce)
        return decode_lead(value)
    except UnknownFormatError as error:
        raise WrittenByNewer(f"{error}: run the newer version again") from error
    except (UnreadableRecordError, ValueError) as error:
        raise ChangelogDamaged(
            f"a record of {len(value)} bytes is neither a lead nor a policy"
        ) from error
