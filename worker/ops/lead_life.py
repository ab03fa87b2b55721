"""One lead's life, told again from its partition of the spine, beside what was published of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import NamedTuple

from schemas.spine import PolicyInForce, SpineMessage
from worker.lifecycle.explain.causes import Explanation
from worker.lifecycle.language.compiler import reopened
from worker.lifecycle.outcomes import Outcome
from worker.lifecycle.record import encode_lead
from worker.ops.replay import Replay, spine_line
from worker.ops.simulation import Simulation
from worker.stream.lookup import Kept, Lookup


class Episode(NamedTuple):
    """One message of the spine: what came of it and why; without any explanation it is a repeat, or a policy."""

    offset: int
    message: SpineMessage
    outcomes: list[Outcome]
    explanations: list[Explanation]


class Life:
    """Tells a lead's life again, up to where the worker has read, under the policies the spine has put in force."""

    def __init__(self, lookup: Lookup, kept: Kept, lead_id: str) -> None:
        self._lookup = lookup
        self._kept = kept
        self._lead_id = lead_id
        self._simulation: Simulation | None = None

    async def episodes(self) -> AsyncIterator[Episode]:
        """Yields what happened, in order; before the first policy of the spine, that one is in force already."""
        first = await self._lookup.first_policy() or self._kept.policy
        simulation = self._simulation = Simulation(reopened(first.text), explain=True)
        replay, digest = Replay(simulation), ""
        async for record, message in self._lookup.told(self._kept.position):
            outcomes = replay.tell(spine_line(record))
            explanations = [explanation for _, explanation in simulation.explanations]
            simulation.explanations.clear()
            if not isinstance(message, PolicyInForce):
                yield Episode(record.offset, message, outcomes, explanations)
            elif (now := replay.in_force(record.partition)) is not None and now.digest != digest:
                digest = now.digest
                yield Episode(record.offset, message, [], [])

    def agrees(self) -> bool:
        """Tells whether the life told again ends in the lead's record, byte for byte."""
        leads = {} if self._simulation is None else self._simulation.leads
        lead = leads.get(self._lead_id)
        return lead is not None and encode_lead(lead) == self._kept.value
