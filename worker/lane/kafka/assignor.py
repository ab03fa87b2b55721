"""Deals partition numbers: whoever gets number p gets partition p of every input that it reads, and keeps it if it can.

The library's own assignors deal single partitions by random member id, so that a restart moves everything.

Members of two versions may read other inputs. What one does not read of its numbers waits for a member that does; its
lanes keep the positions that others have written of it.

With its numbers a member tells which policy it has, as one more number, below zero: leaders of an older version, which
read numbers alone, deal on, and nobody owns it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from aiokafka.coordinator.assignors.abstract import AbstractPartitionAssignor
from aiokafka.coordinator.protocol import (
    ConsumerProtocolMemberAssignment,
    ConsumerProtocolMemberMetadata,
)

from worker.lane.dealing import dealt

_numbers = msgspec.json.Decoder(list[int]).decode

DIGEST_DIGITS = 16
"""Hexadecimal digits of a policy's digest."""


class LaneAssignor(AbstractPartitionAssignor):  # type: ignore[misc] # the library ships no types
    """The sticky deal of partition numbers; one object a member."""

    name = "lanes"
    version = 0

    def __init__(self, policy: str = "") -> None:
        self._owned: list[int] = []
        self._policy = [-1 - int(policy, 16)] if policy else []

    def metadata(self, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
        """Tells the leader what this member reads, what it owned last, and its policy."""
        told = msgspec.json.encode(self._owned + self._policy)
        return ConsumerProtocolMemberMetadata(self.version, list(topics), told)

    def on_assignment(self, assignment: ConsumerProtocolMemberAssignment) -> None:
        """Remembers what this member got."""
        self._owned = sorted({number for _, numbers in assignment.assignment for number in numbers})

    def assign(
        self,
        cluster: Any,  # noqa: ANN401 - untyped library
        members: Mapping[str, ConsumerProtocolMemberMetadata],
    ) -> dict[str, ConsumerProtocolMemberAssignment]:
        """Deals all numbers; a topic with fewer partitions takes part in those it has."""
        topics = {topic for member in members.values() for topic in member.subscription}
        partitions = {topic: set(cluster.partitions_for_topic(topic) or ()) for topic in topics}
        claims = {
            name: [number for number in _numbers(member.user_data or b"[]") if number >= 0]
            for name, member in members.items()
        }
        shares = dealt(set().union(*partitions.values()), claims)
        return {
            name: ConsumerProtocolMemberAssignment(
                self.version,
                [
                    (topic, [number for number in share if number in partitions[topic]])
                    for topic in sorted(set(members[name].subscription))
                    if partitions[topic].intersection(share)
                ],
                b"",
            )
            for name, share in shares.items()
        }


def policy_in(user_data: bytes) -> str:
    """Returns the policy that a member tells, empty if it tells none."""
    told = [number for number in _numbers(user_data or b"[]") if number < 0]
    return f"{-1 - told[0]:0{DIGEST_DIGITS}x}" if told else ""
