"""Leads as they are after nine months of sample traffic, made without a broker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schemas import spine
from topics.catalogue import kind_of
from worker.intake.admit import admit
from worker.intake.items import Admitted
from worker.lane.clock import wall_ms
from worker.lifecycle.decide import decide
from worker.lifecycle.record import Lead, encode_lead
from worker.ops.traffic import Produced, history
from worker.presets import load

SEED = 7


def admitted_of(records: Iterable[Produced]) -> Iterator[tuple[str, spine.Told]]:
    """What intake would put on the spine."""
    for record in records:
        kind = kind_of(record.topic)
        for item in admit(kind, record.value, record.headers, record.timestamp_ms):
            if isinstance(item, Admitted):
                yield item.lead_id, item.activity


def told(admitted: Iterable[tuple[str, spine.Told]]) -> dict[str, Lead]:
    """Decides one activity after the other, outcomes encoded and thrown away."""
    policy = load("inside-sales")
    leads: dict[str, Lead] = {}
    for lead_id, activity in admitted:
        decision = decide(policy, leads.get(lead_id), lead_id, activity)
        for outcome in decision.outcomes:
            outcome.encoded()
        if decision.lead is not None:
            leads[lead_id] = decision.lead
    return leads


def changelog_values(leads: int) -> dict[bytes, bytes]:
    """The changelog of so many sample leads."""
    lives = told(admitted_of(history(SEED, leads, wall_ms())))
    return {lead_id.encode(): encode_lead(lead) for lead_id, lead in lives.items()}
