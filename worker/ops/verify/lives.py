"""A partition of the spine, told again: what it leads to by the pure core, and what its lane should keep.

It shares with the worker `receive` and the record's codec, and nothing of the shell: policy in force, repeats and
deadlines are followed here by their own rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec
import orjson

from schemas import spine
from schemas.spine import AccountAnswered, Activity, DeadlineReached, PolicyInForce
from topics.catalogue import SPINE, name_of
from worker.lane.processor import DUE_BYTES, Record, due_of
from worker.lifecycle.decide import Decision
from worker.lifecycle.language.compiler import reopened
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.language.policy import PolicyError
from worker.lifecycle.receive import Received, receive
from worker.lifecycle.record import FORMAT, NEVER, Lead, decode_lead, encode_lead
from worker.ops.verify.applied import Applied
from worker.ops.verify.changelog import Changelog
from worker.ops.verify.expected import Cause, Expected
from worker.ops.verify.findings import Findings
from worker.ops.verify.ledger import Ledger
from worker.ops.verify.members import MembersOf
from worker.ops.verify.promptness import Promptness
from worker.ops.verify.reign import Reign
from worker.ops.verify.shelf import Shelf

POLICY_KEY = b"\x01policy"
"""Where a changelog keeps the policy in force; no lead's id begins with a control character."""
_ARMED_BYTES = 8


class Held(NamedTuple):
    """A lead, and when the message came that set its next due time (UTC ms)."""

    lead: Lead
    armed_ms: int


class Lives:
    """The leads of one partition of the spine."""

    def __init__(
        self,
        first: PolicyInForce | None,
        findings: Findings,
        ledger: Ledger,
        members: MembersOf,
        promptness: Promptness,
    ) -> None:
        """Begins under the first policy that is known; without any, nothing can be decided."""
        self._reign = Reign(first)
        self._applied = Applied(SPINE.name, findings, ledger)
        self._policies: dict[str, Policy | None] = {}
        self._findings = findings
        self._members = members
        self._promptness = promptness
        self._shelf = Shelf(_encoded, _decoded)

    def fold(self, record: Record, cause: Cause) -> Iterator[tuple[str, Expected]]:
        """Yields what a message of the spine leads to, each with its topic."""
        message = _message(record)
        if message is None:
            self._findings.cannot_tell(
                f"{SPINE.name}/{record.partition} offset {record.offset} cannot be read:"
                " a newer version of the worker may have written it"
            )
        elif isinstance(message, PolicyInForce):
            self._reign.hear(message, record.timestamp_ms)
        elif not isinstance(message, Activity | AccountAnswered) or self._applied.first_time(
            message, record
        ):
            yield from self._decide(record, message, cause)

    def _decide(
        self, record: Record, message: Received, cause: Cause
    ) -> Iterator[tuple[str, Expected]]:
        policy = None if self._reign.policy is None else self._opened(self._reign.policy)
        if policy is None:
            return
        key = record.key or b""
        held = self._shelf.read(key)
        before = None if held is None else held.lead
        next_due, armed_ms = (NEVER, 0) if held is None else (held.lead.next_due(), held.armed_ms)
        self._promptness.look(record, next_due, armed_ms)
        if isinstance(message, Activity):
            self._promptness.relayed(record, message)
        elif isinstance(message, DeadlineReached):
            self._promptness.reached(record, message.due, next_due, armed_ms)
        decision = self._received(policy, before, message, record)
        if decision is None:
            return
        after = decision.lead
        if after is not None and after is not before:
            same = held is not None and after.next_due() == next_due
            self._shelf.write(key, Held(after, armed_ms if same else record.timestamp_ms))
        self._findings.verdicts.update((decision.verdict, *decision.released))
        for membership in decision.memberships:
            self._members.expect(membership, cause.offset, cause.at_ms)
        cause.outcomes = len(decision.outcomes)
        for one in decision.outcomes:
            value = one.value
            expected = Expected(cause, value["event_id"], key, one.encoded(), value["occurred_at"])
            yield name_of(one.type), expected

    def _received(
        self, policy: Policy, before: Lead | None, message: Received, record: Record
    ) -> Decision | None:
        """Returns what a message leads to; None where nobody can decide it, as no intake has written it."""
        lead_id, came = (record.key or b"").decode(), record.timestamp_ms
        try:
            decision = receive(policy, before, lead_id, message, arrived_at=came)
            for one in decision.outcomes:
                one.encoded()
        except Exception as error:  # noqa: BLE001 - said, with its place; the lane would end there
            self._findings.cannot_tell(
                f"{SPINE.name}/{record.partition} offset {record.offset} cannot be decided: {type(error).__name__}"
            )
            return None
        return decision

    def _opened(self, held: PolicyInForce) -> Policy | None:
        """Returns a policy ready to decide; None where nobody can tell what it leads to."""
        if held.digest not in self._policies:
            try:
                self._policies[held.digest] = reopened(held.text)
            except (PolicyError, ValueError):
                self._policies[held.digest] = None
                self._findings.cannot_tell(
                    f"{SPINE.name}: the policy {held.digest} says what this version does not know"
                )
        return self._policies[held.digest]

    def settle(self) -> None:
        """Ends a batch."""
        for key in self._shelf.settle():
            lead = key.decode(errors="replace")
            self._findings.cannot_tell(f"{SPINE.name}: {lead} has numbers that no record can hold")

    def states(self) -> Iterator[tuple[bytes, bytes]]:
        """Yields what the changelog should hold, by key."""
        return ((key, value[_ARMED_BYTES:]) for key, value in self._shelf.items())

    def differences(self, changelog: Changelog) -> Iterator[str]:
        """Yields in what else than its states the changelog differs."""
        yield from self._applied.differences(changelog.origins, changelog.moved)
        if changelog.beside is None:
            if self._reign.has_begun and POLICY_KEY not in changelog.moved:
                yield "the policy in force is not in the changelog"
            return
        kept, told = policy_in(changelog.beside), self._reign.policy
        if kept is None:
            yield "the policy in force is none that a lane writes"
        elif told is None or kept.digest != told.digest:
            yield f"the policy in force, {kept.digest}, is not the one that the spine tells of"
        elif kept.text != told.text:
            yield f"the policy in force, {kept.digest}, has another text than the one that the spine tells of"

    def told_before(self, value: bytes) -> bool:
        """Returns whether the log has led to an outcome of that number."""
        try:
            told = orjson.loads(value)
            held = self._shelf.read(told["lead_id"].encode())
            return held is not None and 1 <= told["seq"] <= held.lead.seqs.get(told["product"], 0)
        except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
            return False

    def matched(self) -> None:
        """Looks at those deadlines that may have come too late."""
        self._promptness.resolve()

    def close(self) -> None:
        """Looks for deadlines that should have come and did not."""
        for key, value in self._shelf.items():
            due = due_of(value[_ARMED_BYTES:])
            armed = int.from_bytes(value[:_ARMED_BYTES], "big", signed=True)
            self._promptness.look_at_the_end(key, due, armed)


def canonical_lead(value: bytes) -> bytes:
    """Returns a lead's record as this version writes it; UnknownFormatError where a newer one wrote it."""
    if len(value) <= DUE_BYTES or value[DUE_BYTES] == FORMAT:
        return value
    return encode_lead(decode_lead(value))


def policy_in(value: bytes) -> PolicyInForce | None:
    """Returns the policy that a changelog holds beside its leads: a due time, a format, then MessagePack.

    None where it is none that a lane writes.
    """
    try:
        return msgspec.msgpack.decode(memoryview(value)[DUE_BYTES + 1 :], type=PolicyInForce)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def first_policy_in(records: Iterable[Record]) -> PolicyInForce | None:
    """Returns the first policy that is named; a message that names one has no key."""
    for record in records:
        if record.key is None and isinstance(message := _message(record), PolicyInForce):
            return message
    return None


def _message(record: Record) -> spine.SpineMessage | None:
    try:
        (record.key or b"").decode()
        message: spine.SpineMessage = spine.decode(record.value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return message


def _encoded(held: Held) -> bytes:
    armed = held.armed_ms.to_bytes(_ARMED_BYTES, "big", signed=True)
    return armed + encode_lead(held.lead)


def _decoded(value: bytes) -> Held:
    armed = int.from_bytes(value[:_ARMED_BYTES], "big", signed=True)
    return Held(decode_lead(value[_ARMED_BYTES:]), armed)
