"""Sample traffic leads to every dead letter and refusal that a run has to show, under each policy that runs have."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.faults.proof.campaign import POLICY, Traffic
from tests.faults.proof.verdict import DEAD_LETTERS, REFUSALS
from tests.faults.simulation.acts import POLICIES
from topics.catalogue import kind_of
from worker.intake.admit import admit
from worker.intake.items import Admitted, DeadLetter
from worker.lifecycle.language.plan import Policy
from worker.ops.simulation import Simulation
from worker.ops.traffic import live
from worker.ops.traffic.mishaps import DAMAGES
from worker.presets import load

NOON = 1_790_000_000_000
EVENTS = 12_000
"""Two minutes of what a campaign has at least six of."""
TOLD = Traffic()


def led_to(policy: Policy) -> Counter[str]:
    """Counts the codes of what comes of live traffic; no deadline is let go meanwhile."""
    simulation, codes = Simulation(policy), Counter[str]()
    for record in live(3, TOLD.live, NOON, EVENTS, TOLD.per_second):
        kind = kind_of(record.topic)
        for item in admit(kind, record.value, record.headers, record.timestamp_ms):
            if isinstance(item, DeadLetter):
                codes[item.code] += 1
            elif isinstance(item, Admitted):
                outcomes = simulation.fold(item.lead_id, item.activity, policy).outcomes
                codes.update(one.value["code"] for one in outcomes if one.type == "refusal")
    return codes


@pytest.mark.parametrize(
    "policy",
    [load(str(POLICY)), load(str(Path(POLICY).with_name("hastier.toml"))), *POLICIES],
    ids=lambda policy: f"{policy.name} {policy.version}",
)
def test_every_code_that_a_run_has_to_show_occurs(policy: Policy) -> None:
    codes = led_to(policy)
    assert {one for one in (*DEAD_LETTERS, *REFUSALS) if not codes[one]} == set()


def test_each_damage_ends_as_a_dead_letter_and_together_as_one_of_every_code() -> None:
    sound = next(one for one in live(3, 5, NOON, 50, 50) if one.is_bare and b"lead_id" in one.value)
    damaged = [damage(sound) for damage in DAMAGES]
    found = [
        item
        for one in damaged
        for item in admit(kind_of(one.topic), one.value, one.headers, one.timestamp_ms)
    ]
    assert len(found) == len(DAMAGES)
    assert {one.code for one in found if isinstance(one, DeadLetter)} == set(DEAD_LETTERS)
