"""The deal of partition numbers: even, whole, and as little moved as possible."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata
from hypothesis import given
from hypothesis import strategies as st

from worker.lane.dealing import dealt
from worker.lane.kafka.assignor import LaneAssignor, policy_in


class Cluster:
    def __init__(self, **counts: int) -> None:
        self._counts = counts

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return set(range(self._counts[topic])) if topic in self._counts else None


def member(topics: list[str], owned: list[int] | None = None) -> ConsumerProtocolMemberMetadata:
    return ConsumerProtocolMemberMetadata(0, topics, msgspec.json.encode(owned or []))


def shares(cluster: Cluster, members: Mapping[str, ConsumerProtocolMemberMetadata]) -> object:
    dealt = LaneAssignor().assign(cluster, members)
    return {name: dict(one.assignment) for name, one in dealt.items()}


def test_a_number_means_that_partition_of_every_topic() -> None:
    members = {"x": member(["a", "b"]), "y": member(["a", "b"])}
    assert shares(Cluster(a=4, b=4), members) == {
        "x": {"a": [0, 1], "b": [0, 1]},
        "y": {"a": [2, 3], "b": [2, 3]},
    }


def test_a_smaller_topic_takes_part_in_the_numbers_it_has() -> None:
    members = {"x": member(["a", "b"]), "y": member(["a", "b"])}
    assert shares(Cluster(a=4, b=1), members) == {
        "x": {"a": [0, 1], "b": [0]},
        "y": {"a": [2, 3]},
    }


def test_of_its_numbers_a_member_gets_the_topics_that_it_reads() -> None:
    members = {"older": member(["a"]), "newer": member(["b", "a"])}
    assert shares(Cluster(a=4, b=4), members) == {
        "newer": {"a": [0, 1], "b": [0, 1]},
        "older": {"a": [2, 3]},
    }


def test_numbers_of_which_a_member_reads_nothing_are_dealt_to_it_and_wait() -> None:
    members = {"older": member(["a"], [0, 1]), "newer": member(["a", "b"])}
    assert shares(Cluster(a=2, b=4), members) == {
        "older": {"a": [0, 1]},
        "newer": {"b": [2, 3]},
    }
    alone = {"newer": member(["a", "b"], [2, 3])}
    assert shares(Cluster(a=2, b=4), alone) == {"newer": {"a": [0, 1], "b": [0, 1, 2, 3]}}


def test_a_member_that_joins_takes_only_its_share() -> None:
    assert dealt(range(4), {"old": [0, 1, 2, 3], "new": []}) == {"old": [0, 1], "new": [2, 3]}


def test_a_member_tells_what_it_got() -> None:
    assignor = LaneAssignor()
    given = LaneAssignor().assign(Cluster(a=2), {"x": member(["a"])})["x"]
    assignor.on_assignment(given)
    assert assignor.metadata(["a"]).user_data == b"[0,1]"


@pytest.mark.parametrize("policy", ["", "0000000000000000", "0123456789abcdef", "f" * 16])
def test_a_member_tells_its_policy_beside_its_numbers(policy: str) -> None:
    assignor = LaneAssignor(policy)
    assignor.on_assignment(LaneAssignor().assign(Cluster(a=2), {"x": member(["a"])})["x"])
    told = assignor.metadata(["a"]).user_data
    assert policy_in(told) == policy
    owned, beyond = msgspec.json.decode(told)[:2], msgspec.json.decode(told, type=list[int])[2:]
    assert owned == [0, 1]
    assert all(number < 0 for number in beyond), "leaders of older versions take it for nobody's"


def test_a_policy_is_no_claim() -> None:
    told = ConsumerProtocolMemberMetadata(0, ["a"], LaneAssignor("ff").metadata(["a"]).user_data)
    assert shares(Cluster(a=2), {"x": told, "y": member(["a"], [1])}) == {
        "x": {"a": [0]},
        "y": {"a": [1]},
    }


@given(
    st.integers(0, 20),
    st.dictionaries(
        st.text("xyz", min_size=1), st.sets(st.integers(0, 25)), min_size=1, max_size=6
    ),
)
def test_every_deal_is_whole_and_even(count: int, claims: dict[str, set[int]]) -> None:
    found = dealt(range(count), claims)
    assert sorted(number for share in found.values() for number in share) == list(range(count))
    sizes = [len(share) for share in found.values()]
    assert max(sizes) - min(sizes) <= 1


@given(st.integers(1, 20), st.integers(1, 6))
def test_the_same_members_keep_what_they_have(count: int, members: int) -> None:
    first = dealt(range(count), {str(name): [] for name in range(members)})
    assert dealt(range(count), first) == first
