"""The group in memory treats its members as a coordinator does: who is not heard of is nobody's successor for long."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from worker.lane.limits import Limits
from worker.lane.memory.cluster import Cluster
from worker.lane.memory.group import Group, NotDealtTo, Share
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
    assert not members.beat("frozen")


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
