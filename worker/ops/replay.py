"""Telling a spine again: the lines of `topics read leads.activity.v1` in, the worker's own outcomes out.

Each partition of the spine is an island, as it is for the worker: it has its own policy in force, which a message on it
changes, and its own memory of what intake has relayed, so that a repeat is dropped here too.
"""

from __future__ import annotations

import msgspec
import orjson

from schemas import spine
from schemas.account_log import Membership
from worker.lane.errors import broke_at
from worker.lane.processor import Record
from worker.lifecycle.language.compiler import reopened
from worker.lifecycle.language.plan import Policy
from worker.lifecycle.outcomes import Outcome
from worker.lifecycle.receive import Received
from worker.ops.simulation import Simulation
from worker.ops.verify.reign import Reign


class UnreadableLineError(Exception):
    """A line is not what `topics read` writes of a spine."""


class _SpineLine(msgspec.Struct):
    """One line of `topics read leads.activity.v1`, as far as a replay needs it."""

    value: msgspec.Raw
    key: str | None = None
    partition: int = 0
    timestamp: int = 0


class Replay:
    """A simulation fed from a spine instead of from producers' events; `memberships` fills with what accounts hear."""

    def __init__(self, simulation: Simulation, *, keep_policy: bool = False) -> None:
        """Begin under the simulation's policy; `keep_policy` stays with it whatever the spine says."""
        self.memberships: list[Membership] = []
        self._simulation = simulation
        self._keep_policy = keep_policy
        self._reigns: dict[int, Reign] = {}
        self._known = {simulation.policy.digest: simulation.policy}
        self._applied: dict[tuple[int, str, int], tuple[int, int]] = {}

    def tell(self, line: bytes) -> list[Outcome]:
        """Returns what a message of the spine leads to; UnreadableLineError where the line is none."""
        try:
            read = msgspec.json.decode(line, type=_SpineLine)
            message = spine.decode(read.value)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
            raise UnreadableLineError(str(fault)) from fault
        try:
            return self._told(read, message)
        except UnreadableLineError:
            raise
        except Exception as fault:  # what a worker cannot have written, a core need not stand
            raise UnreadableLineError(broke_at(fault)) from fault

    def _told(self, read: _SpineLine, message: spine.SpineMessage) -> list[Outcome]:
        if isinstance(message, spine.PolicyInForce):
            self._reigns.setdefault(read.partition, Reign()).hear(message, read.timestamp)
            self._policy_of(read.partition)
            return []
        if read.key is None:
            raise UnreadableLineError("it has no key")
        if self._repeats(read.partition, message):
            return []
        policy = self._policy_of(read.partition)
        decision = self._simulation.fold(read.key, message, policy, read.timestamp)
        self.memberships += decision.memberships
        return decision.outcomes

    def in_force(self, partition: int) -> spine.PolicyInForce | None:
        """Returns the policy that the spine has named there and that is in force, None before the first one."""
        return self._reigns[partition].policy if partition in self._reigns else None

    def _policy_of(self, partition: int) -> Policy:
        """Returns the policy under which a partition decides, ready to; PolicyError where this version cannot."""
        named = self.in_force(partition)
        if named is None or self._keep_policy:
            return self._simulation.policy
        if named.digest not in self._known:
            self._known[named.digest] = reopened(named.text)
        return self._known[named.digest]

    def _repeats(self, partition: int, message: Received) -> bool:
        """Tells whether intake relayed the message before, and remembers it."""
        if (
            not isinstance(message, spine.Activity | spine.AccountAnswered)
            or message.came_from is None
        ):
            return False
        origin = message.came_from
        source = (partition, origin.topic, origin.partition)
        place = (origin.offset, origin.item)
        if place <= self._applied.get(source, (-1, -1)):
            return True
        self._applied[source] = place
        return False


def spine_line(record: Record) -> bytes:
    """Returns a message of the spine as `topics read` writes it, as far as a replay reads it."""
    line = {
        "partition": record.partition,
        "timestamp": record.timestamp_ms,
        "key": None if record.key is None else record.key.decode(),
        "value": orjson.Fragment(record.value or b"null"),
    }
    return orjson.dumps(line)
