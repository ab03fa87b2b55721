"""Workers of one group with other policies: what is in force stays in force until all agree, whoever comes and goes."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.stream.harness import until
from tests.stream.policies import PARTITIONS, Field, Worker, at_work, decided, looked_again
from worker.lane.errors import PoliciesDiffer
from worker.lifecycle.language.plan import Policy

EVERYWHERE = range(PARTITIONS)


async def test_a_policy_comes_into_force_when_the_last_worker_with_another_has_gone(
    one: Policy, other: Policy
) -> None:
    field = Field()
    new = [Worker(field, other) for _ in range(2)]
    async with at_work(Worker(field, one)):
        await decided(field)
        async with at_work(Worker(field, one), new[0]):
            await looked_again(field)
        await new[0].stop()
        new[0] = Worker(field, other)
        await new[0].start()
        await looked_again(field)
    async with at_work(new[1]):
        await until(
            lambda: all(field.announced(n)[-1] == other.digest for n in EVERYWHERE), "in force"
        )
        await decided(field)
    await new[0].stop()
    assert [field.announced(n) for n in EVERYWHERE] == [[one.digest, other.digest]] * PARTITIONS
    assert field.decided() == field.told_again()
    assert len(new[0].watch.waits) == 1
    assert new[0].watch.waits[0].startswith(f"{one.digest} (inside-sales ")


async def test_a_roll_out_that_is_taken_back_half_way_has_changed_nothing(
    one: Policy, other: Policy
) -> None:
    field = Field()
    async with at_work(Worker(field, one), Worker(field, one)):
        await decided(field)
        async with at_work(Worker(field, other)):
            await looked_again(field)
        await looked_again(field)
    assert [field.announced(n) for n in EVERYWHERE] == [[one.digest]] * PARTITIONS
    assert set(field.decided().values()) == {one.digest}


async def test_a_worker_with_the_old_policy_decides_under_the_one_in_force(
    one: Policy, other: Policy
) -> None:
    field = Field()
    async with at_work(Worker(field, other)):
        await decided(field)
        async with at_work(Worker(field, one)):
            await looked_again(field)
    assert [field.announced(n) for n in EVERYWHERE] == [[other.digest]] * PARTITIONS
    assert set(field.decided().values()) == {other.digest}


async def test_a_policy_may_come_back_when_all_workers_have_it_again(
    one: Policy, other: Policy
) -> None:
    field = Field()
    for policy in (one, other, one):
        async with at_work(Worker(field, policy)):
            await until(
                lambda policy=policy: all(
                    field.announced(n)[-1:] == [policy.digest] for n in EVERYWHERE
                ),  # type: ignore[misc]
                "in force",
            )
            await decided(field)
    expected = [one.digest, other.digest, one.digest]
    assert [field.announced(n) for n in EVERYWHERE] == [expected] * PARTITIONS
    assert field.decided() == field.told_again()


async def test_a_worker_that_is_far_behind_announces_its_policy_once(
    one: Policy, other: Policy
) -> None:
    field = Field()
    async with at_work(Worker(field, one)):
        await decided(field)
    field.submit(150 * PARTITIONS)
    async with at_work(Worker(field, other)):
        await until(field.all_decided, "everything is decided")
        await looked_again(field)
    assert [field.named(n) for n in EVERYWHERE] == [[one.digest, other.digest]] * PARTITIONS


async def test_of_two_deployments_the_one_that_came_later_refuses_and_the_other_goes_on(
    one: Policy, other: Policy
) -> None:
    field = Field()
    first, second = Worker(field, one), Worker(field, other, differ=0.02)
    async with at_work(first, second):
        with pytest.raises(PoliciesDiffer) as refused:
            await asyncio.wait_for(second.engine.failed, 5)
        await second.stop()
        await looked_again(field)
        assert not first.engine.failed.done()
    for word in (one.digest, other.digest, "two deployments share an application id"):
        assert word in str(refused.value)
    assert [field.announced(n) for n in EVERYWHERE] == [[one.digest]] * PARTITIONS
    assert set(field.decided().values()) == {one.digest}


async def test_where_nothing_is_in_force_yet_two_policies_are_refused_at_once(
    one: Policy, other: Policy
) -> None:
    field = Field()
    field.submit()
    workers = [Worker(field, one), Worker(field, other)]
    slow = object()
    await field.group.join(slow)
    field.group.deal_anew()
    for worker in workers:
        await worker.start()
    await asyncio.sleep(0.01)
    field.group.leave(slow)
    for worker in workers:
        with pytest.raises(PoliciesDiffer, match="has no policy yet"):
            await asyncio.wait_for(worker.engine.failed, 5)
        await worker.stop()
    assert [field.announced(n) for n in EVERYWHERE] == [[]] * PARTITIONS
    assert field.read(field.changelog, 0) == []


async def test_whatever_dies_before_its_policy_is_read_the_spine_tells_what_was_decided(
    one: Policy, other: Policy
) -> None:
    """A worker dies at each of its requests in turn, and another one with another policy takes over."""
    bitten = 0
    for number in range(1, 200):
        field = Field()
        field.submit()
        dying = Worker(field, one, dies_at=number)
        await dying.start()
        await until(lambda dying=dying, field=field: dying.dead or field.all_decided(), "an end")  # type: ignore[misc]
        survived = not dying.dead
        await dying.die()
        bitten += any(field.announced(n) for n in EVERYWHERE) and not field.decided()
        async with at_work(Worker(field, other)):
            await until(field.all_decided, "everything is decided")
            await decided(field)
        assert field.decided() == field.told_again()
        if survived:
            break
    assert bitten, "nobody died between announcing and deciding"


@pytest.mark.parametrize("seed", range(20))
async def test_whoever_comes_and_goes_with_whatever_policy_the_spine_tells_what_was_decided(
    seed: int, one: Policy, other: Policy
) -> None:
    dice, field = random.Random(seed), Field()
    alive: list[Worker] = []
    for _ in range(25):
        field.submit(dice.randrange(12))
        act = dice.choice(("join", "join", "stop", "die", "wait"))
        if not alive or (act == "join" and len(alive) < 3):
            alive.append(Worker(field, dice.choice((one, other))))
            await alive[-1].start()
        elif act in {"stop", "die"}:
            gone = alive.pop(dice.randrange(len(alive)))
            await (gone.stop() if act == "stop" else gone.die())
        await asyncio.sleep(dice.random() * 0.03)
    for worker in alive:
        await worker.die()
    async with at_work(Worker(field, one)):
        await until(field.all_decided, "everything is decided")
    assert field.decided() == field.told_again()
