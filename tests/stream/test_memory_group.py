"""The group in memory treats its members as a coordinator does: who is not heard of is nobody's successor for long."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from worker.lane.limits import Limits
from worker.lane.memory.cluster import Cluster
from worker.lane.memory.group import Fenced, Group, NotDealtTo, Share
from worker.lane.processor import TopicPartition

LIMITS = replace(Limits(), session_seconds=6.0, rebalance_seconds=60.0)


def group() -> Group:
    cluster = Cluster()
    cluster.create("spine", 2)
    return Group("g", cluster, ["spine"], LIMITS)


def numbers(share: Share) -> list[int]:
    return [place.partition for place in share.places]


async def test_all_partitions_are_dealt_once_and_stay_where_they_were() -> None:
    members = group()
    assert numbers(await members.join("a")) == [0, 1]
    newcomer = members.join("b")
    assert not members.beat("a"), "somebody has come: it has to join again"
    assert not newcomer.done()
    (stays,), (comes,) = numbers(await members.join("a")), numbers(await newcomer)
    assert {stays, comes} == {0, 1}
    again = members.join("a")
    assert numbers(await members.join("b")) == [comes]
    assert numbers(await again) == [stays]


async def test_who_is_not_heard_of_within_a_session_is_given_up() -> None:
    members = group()
    await members.join("frozen")
    successor = members.join("b")
    await asyncio.sleep(LIMITS.session_seconds - 0.1)
    assert not successor.done()
    await asyncio.sleep(0.2)
    assert numbers(await successor) == [0, 1]
    with pytest.raises(NotDealtTo):
        members.beat("frozen")


async def test_who_is_heard_of_and_does_not_join_again_is_dropped_in_the_end() -> None:
    members = group()
    await members.join("drains for ever")
    successor = members.join("b")
    for _ in range(59):
        await asyncio.sleep(1)
        members.beat("drains for ever")
        assert not successor.done()
    await asyncio.sleep(2)
    assert numbers(await successor) == [0, 1]


async def test_offsets_of_a_past_deal_are_refused() -> None:
    members = group()
    share, place = await members.join("a"), TopicPartition("spine", 0)
    members.commit("a", share.deal, {place: 3})
    members.leave("a")
    with pytest.raises(NotDealtTo):
        members.commit("a", share.deal, {place: 2})
    await members.join("b")
    with pytest.raises(NotDealtTo):
        members.commit("b", share.deal, {place: 2})


async def test_who_comes_back_under_its_name_has_what_it_had_and_nothing_is_dealt_anew() -> None:
    members = group()
    await members.join("first", instance="n")
    other = members.join("b")
    share = await members.join("first", instance="n")
    await other
    assert await members.join("second", "another", "n") == share
    assert members.beat("b"), "nobody has to join again"
    assert members.policies() == ["", "another"]
    members.commit("second", share.deal, {TopicPartition("spine", 0): 3})
    with pytest.raises(Fenced):
        members.beat("first", "n")
    with pytest.raises(NotDealtTo):
        members.commit("first", share.deal, {TopicPartition("spine", 0): 2})
    with pytest.raises(Fenced):
        members.join("first", instance="n")


async def test_who_waits_for_its_share_while_another_takes_its_name_is_refused() -> None:
    members = group()
    await members.join("first", instance="n")
    other = members.join("b")
    await members.join("first", instance="n")
    await other
    members.deal_anew()
    waits, comes = (members.join(one, instance="n") for one in ("first", "second"))
    with pytest.raises(Fenced):
        await waits
    other = members.join("b")
    assert sorted(numbers(await comes) + numbers(await other)) == [0, 1]


async def test_a_name_is_kept_for_a_session_and_no_longer() -> None:
    members = group()
    await members.join("dead", instance="n")
    successor = members.join("b")
    await asyncio.sleep(LIMITS.session_seconds + 0.1)
    assert numbers(await successor) == [0, 1]
    back = members.join("back", instance="n")
    assert not members.beat("b"), "it has come as anybody else"
    (stays,), (comes,) = numbers(await members.join("b")), numbers(await back)
    assert {stays, comes} == {0, 1}
