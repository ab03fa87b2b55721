"""Who froze while a policy was to be announced brings nothing back that was replaced since."""

from __future__ import annotations

import pytest

from tests.stream.harness import until
from tests.stream.policies import (
    PARTITIONS,
    Field,
    Freezing,
    Worker,
    at_work,
    decided,
    looked_again,
)
from topics.catalogue import SPINE
from worker.lifecycle.language.plan import Policy

EVERYWHERE = range(PARTITIONS)


async def test_who_froze_while_nothing_was_in_force_takes_up_what_has_come_into_force_since(
    one: Policy, other: Policy
) -> None:
    field, line = Field(), Freezing("members")
    frozen = Worker(field, one, line=line)
    await frozen.start()
    await until(lambda: line.frozen, "frozen")
    frozen.is_given_up()
    async with at_work(Worker(field, other)):
        await decided(field)
        line.thawed.set()
        await until(lambda: bool(frozen.watch.failures), "that others have its lanes")
        await until(frozen.ready, "ready")
        await looked_again(field)
        await frozen.stop()
    assert set(frozen.watch.failures) == {"WriterLost"}
    assert [field.announced(n) for n in EVERYWHERE] == [[other.digest]] * PARTITIONS


@pytest.mark.parametrize("first", [True, False], ids=["the first one", "one that replaces"])
async def test_who_froze_while_he_announced_a_policy_brings_none_back_that_was_replaced(
    first: bool, one: Policy, other: Policy, third: Policy
) -> None:
    field, line = Field(), Freezing(f"append {SPINE.name}")
    if not first:
        async with at_work(Worker(field, one)):
            await decided(field)
    frozen = Worker(field, one if first else other, line=line)
    await frozen.start()
    await until(lambda: line.frozen, "frozen")
    frozen.is_given_up()
    for policy in (other, third):
        async with at_work(Worker(field, policy)):
            await looked_again(field)
    before = [field.named(n) for n in EVERYWHERE]
    assert all(named[-1] == third.digest for named in before)
    line.thawed.set()
    await until(lambda: len(field.named(0)) > len(before[0]), "it is told")
    await frozen.die()
    async with at_work(Worker(field, third)):
        await decided(field)
    leads = [f"lead-{number + 1}" for number in range(field.forms - PARTITIONS, field.forms)]
    assert {field.decided()[lead] for lead in leads} == {third.digest}
    assert field.decided() == field.told_again()
